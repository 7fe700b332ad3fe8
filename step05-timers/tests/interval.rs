//! `interval` ticks once a period.

use std::{
    thread,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{time::interval, yield_now};

use crate::common::{location::panic_location, tasks::run, trace::tasks_of};

const MS: Duration = Duration::from_millis(1);

/// Returns how far two ticks are from being a whole number of periods apart.
fn off(later: Instant, earlier: Instant, period: Duration) -> u128 {
    (later - earlier).as_nanos() % period.as_nanos()
}

#[test]
fn ticks_are_never_early_and_whole_periods_apart() {
    run(async {
        let start = Instant::now();
        let mut ticks = interval(2 * MS);
        let mut last = None::<Instant>;
        for n in 1..=5 {
            let due = ticks.tick().await;
            assert!(Instant::now() >= due && due >= start + 2 * MS * n);
            if let Some(last) = last {
                assert_eq!(off(due, last, 2 * MS), 0);
            }
            last = Some(due);
        }
    });
}

#[test]
fn missed_ticks_are_skipped() {
    run(async {
        let mut ticks = interval(4 * MS);
        let first = ticks.tick().await;
        thread::sleep(15 * MS);
        let late = ticks.tick().await;
        let next = ticks.tick().await;
        assert_eq!(off(late, first, 4 * MS), 0);
        assert_eq!(off(next, first, 4 * MS), 0);
        assert!(next >= first + 16 * MS, "a missed tick came late");
    });
}

#[test]
fn an_interval_takes_at_most_two_turns_a_tick() {
    // Release builds have no events, so there the thread parks zero times.
    let parks = tasks_of("park", async {
        let mut ticks = interval(Duration::from_micros(1300));
        for _ in 0..10 {
            ticks.tick().await;
        }
    });
    assert!(parks.len() <= 20, "{} turns for 10 ticks", parks.len());
}

#[test]
fn a_cancelled_tick_is_not_lost() {
    run(async {
        let mut ticks = interval(100 * MS);
        assert_eq!(poll_once(ticks.tick()).await, None);
        let start = Instant::now();
        ticks.tick().await;
        assert!(start.elapsed() < 5000 * MS);
        // A tick that is due is not lost either.
        assert_eq!(poll_once(ticks.tick()).await, None);
        thread::sleep(101 * MS);
        yield_now().await;
        assert!(poll_once(ticks.tick()).await.is_some());
    });
}

#[test]
fn an_interval_of_the_longest_period_never_ticks() {
    run(async {
        let mut ticks = interval(Duration::MAX);
        assert_eq!(poll_once(ticks.tick()).await, None);
    });
}

#[test]
#[should_panic(expected = "an interval needs a period longer than zero")]
fn an_interval_of_zero_panics() {
    let _ = interval(Duration::ZERO);
}

#[test]
fn the_panic_of_an_interval_of_zero_points_to_the_caller() {
    let line = line!() + 1;
    let (file, at) = panic_location(|| interval(Duration::ZERO));
    assert_eq!((file.as_str(), at), (file!(), line));
}
