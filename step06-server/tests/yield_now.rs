//! `yield_now` is pending once, asks for its own next turn, and lets the others run in between.

mod common;

use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use common::{Wakes, within_deadline};
use futures_lite::future::{block_on, zip};
use step06_server::yield_now::yield_now;

#[test]
fn it_is_pending_once_and_then_ready() {
    let mut cx = Context::from_waker(Waker::noop());
    let mut turn = pin!(yield_now());
    assert_eq!(turn.as_mut().poll(&mut cx), Poll::Pending);
    assert_eq!(turn.as_mut().poll(&mut cx), Poll::Ready(()));
}

#[test]
fn it_asks_for_its_next_turn_exactly_once() {
    let (wakes, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    let mut turn = pin!(yield_now());
    assert_eq!(wakes.count(), 0);
    assert!(turn.as_mut().poll(&mut cx).is_pending());
    assert_eq!(wakes.count(), 1);
    assert!(turn.as_mut().poll(&mut cx).is_ready());
    assert_eq!(wakes.count(), 1);
}

#[test]
fn it_keeps_no_waker() {
    let (wakes, waker) = Wakes::new();
    let mut turn = pin!(yield_now());
    assert!(turn.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(std::sync::Arc::strong_count(&wakes), 1);
}

#[test]
fn futures_that_yield_take_turns() {
    let log = RefCell::new(Vec::new());
    let talk = async |who: char| {
        for turn in 0..3 {
            log.borrow_mut().push((who, turn));
            yield_now().await;
        }
    };
    within_deadline(|| block_on(zip(talk('a'), talk('b'))));
    assert_eq!(
        *log.borrow(),
        [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 2), ('b', 2)]
    );
}
