//! `yield_now` is pending once, wakes its own task, and lets other futures run.

use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_lite::future::{block_on, zip};
use step::runtime::yield_now;

use crate::common::{Wakes, poll_once, within_deadline};

#[test]
fn it_is_pending_once_and_then_ready() {
    let mut future = yield_now();
    assert_eq!(poll_once(&mut future), Poll::Pending);
    assert_eq!(poll_once(&mut future), Poll::Ready(()));
}

#[test]
fn it_wakes_its_own_task_exactly_once() {
    let (wakes, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(yield_now());
    assert_eq!(wakes.count(), 0);
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert_eq!(wakes.count(), 1);
    assert!(future.as_mut().poll(&mut cx).is_ready());
    assert_eq!(wakes.count(), 1);
}

#[test]
fn it_does_not_keep_the_waker() {
    let (wakes, waker) = Wakes::new();
    let mut future = pin!(yield_now());
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&wakes), 1);
}

#[test]
fn futures_that_yield_take_turns() {
    let log = RefCell::new(Vec::new());
    let count_to_three = async |name: char| {
        for number in 1..=3 {
            log.borrow_mut().push((name, number));
            yield_now().await;
        }
    };
    within_deadline(|| block_on(zip(count_to_three('a'), count_to_three('b'))));
    let turns = [('a', 1), ('b', 1), ('a', 2), ('b', 2), ('a', 3), ('b', 3)];
    assert_eq!(*log.borrow(), turns);
}
