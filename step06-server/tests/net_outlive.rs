//! Sockets that outlive their runtime: every call fails, and calls that wait are woken.

use std::{
    future::Future,
    io, net,
    pin::Pin,
    sync::{Arc, Mutex, atomic::Ordering},
    task::{Context, Poll, Wake, Waker},
};

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use step::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn,
};

use crate::common::{
    Wakes,
    callback::{callback_waker, has_next, run_next, set_next},
    sockets::{fill, listen, pair},
    tasks::{run, turns},
};

const ENDED: &str = "the runtime of this socket has ended";

/// Makes sockets whose runtime has ended. The last one is the peer of the stream.
fn outlive() -> (TcpListener, TcpStream, net::TcpStream) {
    run(async {
        let (stream, peer) = pair().await;
        (listen().await.0, stream, peer)
    })
}

#[test]
fn sockets_fail_in_the_next_runtime() {
    let (listener, mut stream, _peer) = outlive();
    run(async {
        for error in [
            listener.accept().await.map(drop).expect_err("the runtime has ended"),
            stream.read(&mut [0]).await.map(drop).expect_err("the runtime has ended"),
            stream.write(&[0]).await.map(drop).expect_err("the runtime has ended"),
        ] {
            assert_eq!(error.to_string(), ENDED);
        }
    });
}

#[test]
fn sockets_fail_outside_any_runtime() {
    let (_listener, mut stream, _peer) = outlive();
    let mut cx = Context::from_waker(Waker::noop());
    let polls = [
        Pin::new(&mut stream).poll_read(&mut cx, &mut [0]),
        Pin::new(&mut stream).poll_write(&mut cx, &[0]),
    ];
    for poll in polls {
        assert!(matches!(poll, Poll::Ready(Err(error)) if error.to_string() == ENDED));
    }
}

#[test]
fn a_socket_can_be_dropped_while_another_runtime_runs() {
    let (listener, stream, _peer) = outlive();
    run(async {
        let (mut other, _other_peer) = pair().await;
        // The old keys name slots of this runtime, too. They must not be emptied.
        drop((listener, stream));
        let reader = spawn(async move { other.read(&mut [0]).await });
        turns().await;
        drop(_other_peer);
        assert_eq!(reader.await.expect("the end is no error"), 0);
    });
}

/// Makes sockets, and polls a call once inside `block_on`, with a waker of its own. When
/// `block_on` returns, the call must have been woken, once, and fail.
fn is_woken_at_the_end<S>(
    sockets: impl AsyncFnOnce() -> S,
    call: impl AsyncFnOnce(S) -> io::Result<()>,
) {
    let (wakes, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    let mut polled = None;
    run(async {
        let call = polled.insert(Box::pin(call(sockets().await)));
        assert!(call.as_mut().poll(&mut cx).is_pending());
        assert_eq!(wakes.count(), 0);
    });
    assert_eq!(wakes.count(), 1);
    match polled.expect("it was polled").as_mut().poll(&mut cx) {
        Poll::Ready(Err(error)) => assert_eq!(error.to_string(), ENDED),
        other => panic!("expected an error, but got {other:?}"),
    }
    // Neither the socket nor the runtime keeps a waker: what is left is ours.
    assert_eq!(Arc::strong_count(&wakes), 2);
}

#[test]
fn a_pending_read_is_woken_when_its_runtime_ends() {
    is_woken_at_the_end(pair, async |(mut stream, _peer)| {
        stream.read(&mut [0]).await.map(drop)
    });
}

#[test]
fn a_pending_write_is_woken_when_its_runtime_ends() {
    let full = async || {
        let (mut stream, peer) = pair().await;
        fill(&mut stream).await;
        (stream, peer)
    };
    is_woken_at_the_end(full, async |(mut stream, _peer)| {
        stream.write(&[0]).await.map(drop)
    });
}

#[test]
fn a_pending_accept_is_woken_when_its_runtime_ends() {
    is_woken_at_the_end(listen, async |(listener, _)| listener.accept().await.map(drop));
}

/// A waker that owns the stream it waits for.
struct Owner(Mutex<Option<net::TcpStream>>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_socket_does_not_keep_its_waiter_alive_after_the_runtime() {
    let (stream, owner) = run(async {
        let (mut stream, peer) = pair().await;
        let owner = Arc::new(Owner(Mutex::new(Some(peer))));
        let waker = Waker::from(owner.clone());
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        (stream, owner)
    });
    assert_eq!(Arc::strong_count(&owner), 1);
    assert!(owner.0.lock().expect("no panic").is_some());
    drop(stream);
}

#[test]
fn waiters_are_woken_after_the_runtime_is_gone() {
    let (calls, waker) = callback_waker(run_next);
    let stream = run(async {
        let (mut stream, peer) = pair().await;
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        let mut clone = stream.clone();
        // What the waker runs finds no runtime, so it can start one. The socket fails.
        set_next(move || {
            let _open = peer;
            let mut cx = Context::from_waker(Waker::noop());
            let poll = Pin::new(&mut clone).poll_read(&mut cx, &mut [0]);
            assert!(matches!(poll, Poll::Ready(Err(_))));
            assert_eq!(block_on(async { spawn(async { 7 }).await }), 7);
        });
        stream
    });
    assert!(!has_next(), "the waiter was woken");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    drop(stream);
}
