//! `timeout` gives a future its time, and `interval` keeps its beat.

mod common;

use std::{
    cell::Cell,
    future::{Future, pending, ready},
    io,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use common::within_deadline;
use futures_lite::future::poll_once;
use step06_server::executor::{block_on, spawn};
use step06_server::time::{TimedOut, interval, sleep, timeout};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_future_that_is_ready_in_time_gives_its_output() {
    run(async {
        let task = spawn(async {
            sleep(MS).await;
            4
        });
        assert_eq!(timeout(10_000 * MS, task).await, Ok(4));
    });
}

#[test]
fn a_future_that_is_not_ready_in_time_is_dropped() {
    run(async {
        let alive = Rc::new(());
        let held = alive.clone();
        let start = Instant::now();
        let slow = async move { (held, pending::<()>().await).1 };
        assert_eq!(timeout(3 * MS, slow).await, Err(TimedOut));
        assert!(start.elapsed() >= 3 * MS);
        assert_eq!(Rc::strong_count(&alive), 1);
    });
}

#[test]
fn a_future_that_is_ready_wins_even_when_the_time_is_up() {
    run(async {
        assert_eq!(timeout(Duration::ZERO, ready(1)).await, Ok(1));
        let late = timeout(MS, ready(2));
        thread::sleep(2 * MS);
        assert_eq!(late.await, Ok(2));
    });
}

#[test]
fn the_time_of_a_timeout_counts_from_when_it_was_made() {
    run(async {
        let late = timeout(MS, yield_now());
        thread::sleep(2 * MS);
        assert_eq!(poll_once(late).await, Some(Err(TimedOut)));
    });
}

#[test]
fn a_timeout_may_have_a_timeout() {
    run(async {
        let inner = timeout(MS, pending::<()>());
        assert_eq!(timeout(10_000 * MS, inner).await, Ok(Err(TimedOut)));
        let inner = timeout(10_000 * MS, pending::<()>());
        assert_eq!(timeout(MS, inner).await, Err(TimedOut));
    });
}

#[test]
fn a_future_that_is_passed_by_reference_can_be_given_more_time() {
    run(async {
        let open = Rc::new(Cell::new(false));
        let opened = open.clone();
        let mut task = spawn(async move {
            while !opened.get() {
                yield_now().await;
            }
            3
        });
        for _ in 0..3 {
            assert_eq!(timeout(MS, &mut task).await, Err(TimedOut));
        }
        open.set(true);
        assert_eq!(timeout(10_000 * MS, &mut task).await, Ok(3));
    });
}

#[test]
fn a_timeout_makes_an_error_of_input_and_output() {
    let error = io::Error::from(TimedOut);
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (io::ErrorKind::TimedOut, "timed out")
    );
}

#[test]
fn an_interval_ticks_once_a_period_and_never_early() {
    run(async {
        let start = Instant::now();
        let mut beat = interval(2 * MS);
        let mut last = None::<Instant>;
        for n in 1..=5 {
            let due = beat.tick().await;
            assert!(Instant::now() >= due && due >= start + 2 * MS * n);
            if let Some(last) = last {
                assert_eq!((due - last).as_nanos() % 2_000_000, 0, "off the beat");
            }
            last = Some(due);
        }
    });
}

#[test]
fn ticks_that_were_missed_are_left_out() {
    run(async {
        let mut beat = interval(4 * MS);
        let first = beat.tick().await;
        thread::sleep(15 * MS);
        let late = beat.tick().await;
        let next = beat.tick().await;
        assert_eq!((late - first).as_nanos() % 4_000_000, 0, "off the beat");
        assert_eq!((next - first).as_nanos() % 4_000_000, 0, "off the beat");
        assert!(next >= first + 16 * MS, "a tick that was missed came late");
    });
}

#[test]
fn a_tick_that_was_not_waited_for_is_the_next_one() {
    run(async {
        let mut beat = interval(100 * MS);
        assert_eq!(poll_once(beat.tick()).await, None);
        let start = Instant::now();
        beat.tick().await;
        assert!(start.elapsed() < 5000 * MS);
        // One that is due is not lost either.
        assert_eq!(poll_once(beat.tick()).await, None);
        thread::sleep(101 * MS);
        yield_now().await;
        assert!(poll_once(beat.tick()).await.is_some());
    });
}

#[test]
#[should_panic(expected = "an interval needs a period longer than zero")]
fn an_interval_of_zero_panics() {
    let _ = interval(Duration::ZERO);
}
