//! A waker that panics when it is woken, and functions that poll with a given waker.

#![allow(dead_code, reason = "the tests of the first tasks do not use all of it")]

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Wake, Waker},
};

use futures_lite::AsyncRead;
use step::runtime::net::TcpStream;

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

/// Makes a waker that panics when it is woken.
pub fn bad() -> Waker {
    Waker::from(Arc::new(Bad))
}

/// Polls a read of one byte, which must be pending.
pub fn poll_read(stream: &mut TcpStream, waker: &Waker) {
    let mut cx = Context::from_waker(waker);
    assert!(Pin::new(stream).poll_read(&mut cx, &mut [0]).is_pending());
}

/// Polls a future, which must be pending.
pub fn poll_with(future: &mut (impl Future + Unpin), waker: &Waker) {
    assert!(Pin::new(future).poll(&mut Context::from_waker(waker)).is_pending());
}
