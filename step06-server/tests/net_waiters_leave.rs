//! A handle that waits at a socket has a place of its own, and leaves it when it is
//! dropped.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::Context,
};

use futures_lite::AsyncRead;

use crate::common::{
    Wakes,
    sockets::{listen, pair},
    tasks::run,
};

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
