//! A waker can run user code. A waker that sets and cancels timers while the runtime
//! wakes or drops it finds nothing borrowed.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Waker},
    time::{Duration, Instant},
};

use step::runtime::time::{Timer, sleep};

use crate::common::{
    callback::{callback_waker, has_next, run_next, set_next},
    tasks::run,
};

const MS: Duration = Duration::from_millis(1);

/// Sets and cancels timers, enough of them for the cancelled ones to be swept out.
fn use_timers() {
    run_next();
    for _ in 0..200 {
        let mut timer = Timer::after(3_600_000 * MS);
        poll_with(&mut timer, Waker::noop());
    }
}

fn poll_with(timer: &mut Timer, waker: &Waker) {
    assert!(Pin::new(timer).poll(&mut Context::from_waker(waker)).is_pending());
}

fn count(calls: &AtomicUsize) -> usize {
    calls.load(Ordering::SeqCst)
}

#[test]
fn a_waker_may_use_timers_when_it_is_replaced_or_woken() {
    run(async {
        let [(replaced, first), (woken, second)] =
            [callback_waker(use_timers), callback_waker(use_timers)];
        let deadline = Instant::now() + 50 * MS;
        let mut timer = Timer::at(deadline);
        poll_with(&mut timer, &first);
        drop(first);
        assert_eq!(count(&replaced), 0);
        poll_with(&mut timer, &second);
        drop(second);
        assert_eq!(count(&replaced), 1);

        sleep(50 * MS).await;
        assert_eq!(count(&woken), 2, "it was woken and then dropped");
        assert_eq!(timer.await, deadline);
    });
}

#[test]
fn a_waker_may_use_timers_when_its_timer_is_cancelled() {
    run(async {
        let (cancelled, waker) = callback_waker(use_timers);
        let mut timer = Timer::after(3_600_000 * MS);
        poll_with(&mut timer, &waker);
        drop(waker);
        drop(timer);
        assert_eq!(count(&cancelled), 1);
    });
}

#[test]
fn a_waker_may_drop_its_own_timer_and_one_that_fires_next() {
    run(async {
        let (woken, waker) = callback_waker(use_timers);
        let deadline = Instant::now() + 20 * MS;
        let [mut first, mut second] = [Timer::at(deadline), Timer::at(deadline)];
        poll_with(&mut first, &waker);
        poll_with(&mut second, Waker::noop());
        drop(waker);
        set_next(move || drop((first, second)));
        sleep(20 * MS).await;
        assert_eq!(count(&woken), 2, "it was woken and then dropped");
        assert!(!has_next(), "it has dropped the timers");
    });
}
