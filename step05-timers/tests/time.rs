//! A timer as a future: never early, and ready once its deadline has passed.

use std::{
    thread,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{
    Either, select,
    time::{Timer, sleep},
};

use crate::common::tasks::run;

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_sleep_never_ends_early() {
    run(async {
        for micros in [0, 1, 10, 900, 999, 1000, 1001, 1999, 2500, 7777] {
            let duration = Duration::from_micros(micros);
            for _ in 0..5 {
                let start = Instant::now();
                sleep(duration).await;
                let slept = start.elapsed();
                // On a busy machine a sleep ends late, but not by seconds.
                assert!(duration <= slept && slept < duration + 5000 * MS, "{slept:?}");
            }
        }
    });
}

#[test]
fn a_timer_returns_its_deadline() {
    run(async {
        let deadline = Instant::now() + 2 * MS;
        assert_eq!(Timer::at(deadline).await, deadline);
    });
}

#[test]
fn a_sleep_of_zero_is_ready_at_its_first_poll() {
    run(async {
        assert!(poll_once(Timer::after(Duration::ZERO)).await.is_some());
        assert!(poll_once(sleep(Duration::ZERO)).await.is_some());
    });
}

#[test]
fn a_past_deadline_is_ready_at_its_first_poll() {
    run(async {
        let past = Instant::now() - MS;
        assert_eq!(poll_once(Timer::at(past)).await, Some(past));
    });
}

#[test]
fn a_duration_that_no_deadline_can_express_never_ends() {
    run(async {
        for never in [Timer::never(), Timer::after(Duration::MAX)] {
            let first = select(never, Timer::after(2 * MS)).await;
            assert!(matches!(first, Either::Right(_)));
        }
    });
}

#[test]
fn a_very_long_duration_does_not_disturb_a_short_one() {
    run(async {
        let long = Timer::after(Duration::from_secs(u64::from(u32::MAX)));
        assert!(matches!(select(long, Timer::after(2 * MS)).await, Either::Right(_)));
    });
}

#[test]
fn the_time_of_a_timer_starts_when_the_timer_is_made() {
    run(async {
        let (timer, asleep) = (Timer::after(2 * MS), sleep(2 * MS));
        thread::sleep(3 * MS);
        assert!(poll_once(timer).await.is_some());
        assert!(poll_once(asleep).await.is_some());
    });
}

#[test]
fn a_timer_that_has_fired_stays_ready() {
    run(async {
        let mut timer = Timer::after(MS);
        let deadline = (&mut timer).await;
        assert_eq!(poll_once(&mut timer).await, Some(deadline));
    });
}

#[test]
fn the_debug_output_of_a_timer_shows_its_deadline() {
    assert_eq!(format!("{:?}", Timer::never()), "Timer { deadline: None, .. }");
}
