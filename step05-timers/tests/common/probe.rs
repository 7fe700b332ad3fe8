//! For tests of wakers: a future that counts its polls and gives away its waker.

#![allow(dead_code, reason = "the tests of the first tasks do not use all of it")]

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    thread,
};

/// Pending until it is opened. A clone is a handle to the same state.
#[derive(Clone, Default)]
pub struct Probe(Rc<State>);

#[derive(Default)]
struct State {
    polls: Cell<usize>,
    waker: RefCell<Option<Waker>>,
    open: Cell<bool>,
}

impl Probe {
    /// Returns how often the future was polled.
    pub fn polls(&self) -> usize {
        self.0.polls.get()
    }

    /// Returns the waker of the last poll.
    pub fn waker(&self) -> Waker {
        self.0.waker.borrow().clone().expect("the future was polled")
    }

    /// Makes the next poll return `Ready`. Wakes nothing.
    pub fn open(&self) {
        self.0.open.set(true);
    }
}

impl Future for Probe {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.polls() + 1);
        let before = self.0.waker.replace(Some(cx.waker().clone()));
        drop(before);
        if self.0.open.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Returns the waker of the current task.
pub async fn waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Wakes on this thread or on another one, and returns when the wake has happened.
pub fn wake(waker: Waker, on_another_thread: bool) {
    match on_another_thread {
        true => thread::spawn(|| waker.wake()).join().expect("no panic"),
        false => waker.wake(),
    }
}
