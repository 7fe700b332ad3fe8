//! Timers that outlive their runtime: timers that wait are woken, and continue in the
//! next runtime.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_lite::future;
use step::runtime::{
    block_on, spawn,
    time::{Timer, sleep},
};

use crate::common::{
    Wakes,
    callback::{callback_waker, has_next, run_next, set_next},
    tasks::run,
};

const MS: Duration = Duration::from_millis(1);

/// Sets a timer whose runtime ends before the deadline.
fn outlive(deadline: Instant, waker: &Waker) -> Timer {
    let mut timer = Timer::at(deadline);
    run(async {
        let mut cx = Context::from_waker(waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
    });
    timer
}

#[test]
fn a_pending_timer_is_woken_when_its_runtime_ends() {
    let (wakes, waker) = Wakes::new();
    let timer = outlive(Instant::now() + 3_600_000 * MS, &waker);
    assert_eq!(wakes.count(), 1);
    // Neither the timer nor the runtime keeps the waker: what is left is ours.
    assert_eq!(Arc::strong_count(&wakes), 2);
    drop(timer);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn a_timer_goes_on_in_the_next_runtime() {
    let deadline = Instant::now() + 50 * MS;
    let (wakes, waker) = Wakes::new();
    let timer = outlive(deadline, &waker);
    assert_eq!(run(timer), deadline);
    assert!(Instant::now() >= deadline);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn a_timer_whose_deadline_has_passed_is_ready_outside_any_runtime() {
    let deadline = Instant::now() + 10 * MS;
    let timer = outlive(deadline, Waker::noop());
    run(sleep(10 * MS));
    assert_eq!(future::block_on(timer), deadline);
}

#[test]
fn a_timer_can_be_dropped_while_another_runtime_runs() {
    let old = outlive(Instant::now() + 50 * MS, Waker::noop());
    run(async {
        let mut timer = Timer::after(10 * MS);
        assert!(future::poll_once(&mut timer).await.is_none());
        // The old key names the slot of this timer, too. It must not be emptied.
        drop(old);
        timer.await;
    });
}

#[test]
fn timers_are_woken_after_their_runtime_is_gone() {
    let (calls, waker) = callback_waker(run_next);
    // What the waker runs finds no runtime, so it can start one.
    set_next(|| assert_eq!(block_on(async { spawn(async { 7 }).await }), 7));
    let timer = outlive(Instant::now() + 3_600_000 * MS, &waker);
    assert!(!has_next(), "the timer woke its waker");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    drop(timer);
}

#[test]
fn a_runtime_can_end_while_another_future_still_waits_for_its_timer() {
    // The awaiter is polled on by another executor, and asks again when it is woken.
    let (wakes, waker) = Wakes::new();
    let mut nap = Box::pin(sleep(50 * MS));
    let start = Instant::now();
    let mut polls = 0;
    loop {
        polls += 1;
        let mut cx = Context::from_waker(&waker);
        if run(async { nap.as_mut().poll(&mut cx) }) == Poll::Ready(()) {
            break;
        }
        // Each runtime that ends wakes the future.
        assert_eq!(wakes.count(), polls);
    }
    assert!(start.elapsed() >= 50 * MS);
}
