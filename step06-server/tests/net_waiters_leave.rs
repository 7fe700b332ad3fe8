//! A handle that waits at a socket has a place of its own, which it leaves when it is
//! served or dropped.

use std::{
    cell::RefCell,
    future::Future,
    io::Write,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::Context,
};

use futures_lite::{AsyncRead, AsyncReadExt};
use step::runtime::spawn;

use crate::common::{
    Wakes,
    sockets::{listen, pair},
    tasks::{run, turns},
};

#[test]
fn clones_that_wait_to_read_are_served_in_the_order_in_which_they_came() {
    run(async {
        let (stream, mut peer) = pair().await;
        let log = Rc::new(RefCell::new(Vec::new()));
        let readers = [0, 1, 2].map(|n| {
            let (mut stream, log) = (stream.clone(), log.clone());
            spawn(async move {
                loop {
                    stream.read_exact(&mut [0]).await.expect("the peer is connected");
                    log.borrow_mut().push(n);
                }
            })
        });
        turns().await;
        for _ in 0..30 {
            peer.write_all(b"x").expect("the peer is connected");
            turns().await;
        }
        let expected: Vec<i32> = (0..30).map(|n| n % 3).collect();
        assert_eq!(*log.borrow(), expected);
        drop(readers);
    });
}

#[test]
fn a_dropped_handle_drops_its_waiter() {
    run(async {
        let (stream, _peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut clone = stream.clone();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut clone).poll_read(&mut cx, &mut [0]).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(clone);
        assert_eq!(Arc::strong_count(&wakes), 2);
    });
}

#[test]
fn an_accept_that_is_dropped_keeps_no_waker() {
    run(async {
        let (listener, _) = listen().await;
        let (wakes, waker) = Wakes::new();
        {
            let mut accept = pin!(listener.accept());
            let mut cx = Context::from_waker(&waker);
            assert!(accept.as_mut().poll(&mut cx).is_pending());
            assert_eq!(Arc::strong_count(&wakes), 3);
        }
        assert_eq!(Arc::strong_count(&wakes), 2);
    });
}

#[test]
fn waiters_of_one_socket_are_all_woken_when_its_runtime_ends() {
    let (wakes, waker) = Wakes::new();
    let streams = run(async {
        let (stream, peer) = pair().await;
        let mut streams = [(); 3].map(|()| stream.clone());
        let mut cx = Context::from_waker(&waker);
        for stream in &mut streams {
            assert!(Pin::new(stream).poll_read(&mut cx, &mut [0]).is_pending());
        }
        (streams, peer)
    });
    assert_eq!(wakes.count(), 3);
    drop(streams);
}
