//! A waker that panics when it is woken harms no other task that waits for the same
//! socket.

use std::{future::pending, io::Write, net, pin::pin, time::Duration};

use futures_lite::future;
use step::runtime::{spawn, time::Timer, yield_now};

use crate::common::{
    Wakes,
    bad_waker::{bad, poll_read, poll_with},
    sockets::{listen, pair},
    tasks::run,
};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_bad_waker_of_a_socket_does_not_take_the_other_wakes() {
    run(async {
        let (stream, mut peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut streams = [(); 4].map(|()| stream.clone());
        for (stream, waker) in streams.iter_mut().zip([&waker, &bad(), &bad(), &waker]) {
            poll_read(stream, waker);
        }
        peer.write_all(b"x").expect("the peer is connected");
        while wakes.count() < 2 {
            yield_now().await;
        }
    });
}

#[test]
fn a_bad_waker_of_an_accept_does_not_take_the_other_wakes() {
    run(async {
        let (listener, addr) = listen().await;
        let mut first = pin!(listener.accept());
        poll_with(&mut first, &bad());
        let mut second = pin!(listener.accept());
        assert!(future::poll_once(&mut second).await.is_none());
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        second.await.expect("the peer has connected");
    });
}

#[test]
fn bad_wakers_do_not_take_the_other_wakes_when_the_runtime_ends() {
    let (wakes, waker) = Wakes::new();
    let left = run(async {
        let mut timers = [(); 3].map(|()| Timer::after(3_600_000 * MS));
        let mut tasks = [(); 3].map(|()| spawn(pending::<()>()));
        let (stream, peer) = pair().await;
        let mut streams = [(); 3].map(|()| stream.clone());
        for (number, waker) in [&bad(), &waker, &bad()].into_iter().enumerate() {
            poll_with(&mut timers[number], waker);
            poll_with(&mut tasks[number], waker);
            poll_read(&mut streams[number], waker);
        }
        (timers, tasks, streams, peer)
    });
    assert_eq!(wakes.count(), 3);
    drop(left);
}
