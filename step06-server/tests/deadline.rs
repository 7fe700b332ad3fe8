//! Sleeps and time limits that end at a point in time.

use std::{
    future::{pending, ready},
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::time::{TimedOut, sleep, sleep_until, timeout_at};

use crate::common::tasks::{Drops, run};

const SOON: Duration = Duration::from_millis(10);

#[test]
fn sleep_until_is_never_early() {
    run(async {
        let deadline = Instant::now() + SOON;
        let mut sleeping = Box::pin(sleep_until(deadline));
        assert!(poll_once(&mut sleeping).await.is_none());
        sleeping.await;
        assert!(Instant::now() >= deadline);
    });
}

#[test]
fn a_deadline_that_has_passed_is_over_at_the_first_poll() {
    run(async {
        let now = Instant::now();
        assert!(poll_once(Box::pin(sleep_until(now))).await.is_some());
        let late = timeout_at(now, pending::<()>());
        assert_eq!(poll_once(Box::pin(late)).await, Some(Err(TimedOut)));
    });
}

#[test]
fn a_future_that_is_ready_wins_against_a_deadline_that_has_passed() {
    run(async {
        assert_eq!(timeout_at(Instant::now(), ready(1)).await, Ok(1));
    });
}

#[test]
fn several_futures_can_share_one_deadline() {
    run(async {
        let deadline = Instant::now() + 4 * SOON;
        let mut done = 0;
        while timeout_at(deadline, sleep(SOON)).await.is_ok() {
            done += 1;
        }
        assert!(Instant::now() >= deadline);
        // A limit that began anew with each of them would never be over.
        assert!(done <= 4, "{done} sleeps of a quarter of the time were in time");
    });
}

#[test]
fn a_future_is_dropped_at_its_deadline() {
    run(async {
        let drops = Drops::default();
        let counter = drops.counter();
        let late = timeout_at(Instant::now() + SOON, async move {
            let _counter = counter;
            pending::<()>().await;
        });
        assert_eq!(drops.count(), 0);
        assert_eq!(late.await, Err(TimedOut));
        assert_eq!(drops.count(), 1);
    });
}
