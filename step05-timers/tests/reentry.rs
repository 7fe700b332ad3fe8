//! A waker can run user code. A waker that uses the runtime while the runtime wakes or
//! drops it finds nothing borrowed.

use std::{
    future::{Future, pending},
    io::Write,
    net,
    pin::{Pin, pin},
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Waker},
};

use futures_lite::{AsyncRead, AsyncReadExt, future};
use step::runtime::{
    net::{TcpListener, TcpStream},
    spawn, yield_now,
};

use crate::common::{
    callback::{callback_waker, has_next, run_next, set_next, until},
    sockets::{listen, pair},
    tasks::run,
};

/// Spawns tasks, cancels one, and opens and closes a socket.
fn use_the_runtime() {
    run_next();
    spawn(yield_now()).detach();
    drop(spawn(pending::<()>()));
    let listener =
        future::block_on(TcpListener::bind(net::SocketAddr::from(([127, 0, 0, 1], 0))));
    drop(listener.expect("there is a free port"));
}

/// Makes a waker that uses the runtime when it is woken, and when it is dropped.
fn waker() -> (Arc<AtomicUsize>, Waker) {
    callback_waker(use_the_runtime)
}

#[test]
fn the_waker_of_an_accept_may_use_the_runtime() {
    run(async {
        let (listener, addr) = listen().await;
        let [(replaced, first), (woken, second)] = [waker(), waker()];
        let mut accept = pin!(listener.accept());
        for waker in [first, second] {
            let mut cx = Context::from_waker(&waker);
            assert!(accept.as_mut().poll(&mut cx).is_pending());
        }
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        until(&replaced, 1).await;
        until(&woken, 2).await;
        accept.await.expect("the peer has connected");
    });
}

/// Lets the next waker drop a handle of the stream.
fn drop_next(stream: &TcpStream) {
    let handle = stream.clone();
    set_next(move || drop(handle));
}

#[test]
fn the_waker_of_a_read_may_use_the_runtime_and_drop_a_handle_of_its_socket() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let [(replaced, first), (woken, second)] = [waker(), waker()];
        for waker in [first, second] {
            drop_next(&stream);
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        }
        assert!(!has_next(), "the first waker was dropped, and dropped a handle");
        drop_next(&stream);
        peer.write_all(b"x").expect("the peer is connected");
        until(&replaced, 1).await;
        until(&woken, 2).await;
        assert!(!has_next(), "the second waker was woken, and dropped a handle");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
    });
}

#[test]
fn the_waker_of_a_read_may_close_its_socket() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let (woken, waker) = waker();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        drop(waker);
        set_next(move || drop(stream));
        peer.write_all(b"x").expect("the peer is connected");
        until(&woken, 2).await;
        assert!(!has_next(), "the waker was woken, and dropped the socket");
    });
}

#[test]
fn the_waker_of_a_read_may_use_the_runtime_when_its_socket_is_dropped() {
    run(async {
        let (mut stream, _peer) = pair().await;
        let (dropped, waker) = waker();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        drop((waker, stream));
        until(&dropped, 1).await;
    });
}
