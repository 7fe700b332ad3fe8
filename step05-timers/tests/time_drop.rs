//! A timer that is dropped is cancelled, and no other timer notices.

use std::{
    pin::Pin,
    sync::Arc,
    task::Context,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{
    spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{Wakes, tasks::run, trace::tasks_of};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_dropped_timer_wakes_no_task_and_drops_its_waker() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut timer = Timer::after(100 * MS);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(timer);
        assert_eq!(Arc::strong_count(&wakes), 2);
        sleep(101 * MS).await;
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn a_stale_timer_does_not_cancel_the_one_that_reuses_its_slot() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut fired = Timer::after(MS);
        (&mut fired).await;
        // This one takes the slot of the timer that has fired.
        let mut timer = Timer::after(20 * MS);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        drop(fired);
        sleep(21 * MS).await;
        assert_eq!(wakes.count(), 1);
    });
}

#[test]
fn many_dropped_timers_do_not_disturb_the_others() {
    run(async {
        let start = Instant::now() + 100 * MS;
        let stay = [1, 2, 3].map(|n| spawn(Timer::at(start + n * MS)));
        yield_now().await;
        for round in 0..20 {
            let timers = (0..500).map(|_| Timer::after(MS / 2 * round));
            let mut timers: Vec<_> = timers.collect();
            for timer in &mut timers {
                let _ = poll_once(timer).await;
            }
            // Half of them are dropped from the middle, the others with their vector.
            timers.drain(100..350);
        }
        for (n, task) in (1..).zip(stay) {
            assert_eq!(task.await, start + n * MS);
        }
    });
}

#[test]
fn a_cancelled_timer_does_not_end_the_wait() {
    // Release builds have no events, so there the thread parks zero times.
    let parks = tasks_of("park", async {
        for n in 1..=10 {
            assert!(poll_once(Timer::after(20 * n * MS)).await.is_none());
        }
        sleep(210 * MS).await;
    });
    assert!(parks.len() <= 2, "the thread parked {} times", parks.len());
}
