//! `timeout` gives a future a limited time.

use std::{
    cell::Cell,
    future::{pending, ready},
    io,
    rc::Rc,
    sync::Arc,
    task::Context,
    thread,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{
    spawn,
    time::{TimedOut, sleep, timeout},
    yield_now,
};

use crate::common::{Wakes, tasks::run};

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
fn a_future_that_is_ready_wins_even_after_its_time() {
    run(async {
        assert_eq!(timeout(Duration::ZERO, ready(1)).await, Ok(1));
        let late = timeout(MS, ready(2));
        thread::sleep(2 * MS);
        assert_eq!(late.await, Ok(2));
    });
}

#[test]
fn the_time_of_a_timeout_starts_when_the_timeout_is_made() {
    run(async {
        let late = timeout(MS, yield_now());
        thread::sleep(2 * MS);
        assert_eq!(poll_once(late).await, Some(Err(TimedOut)));
    });
}

#[test]
fn timeouts_can_be_nested() {
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
fn a_timeout_of_the_longest_duration_never_ends() {
    run(async {
        let endless = timeout(Duration::MAX, pending::<()>());
        assert_eq!(timeout(2 * MS, endless).await, Err(TimedOut));
    });
}

#[test]
fn a_timeout_that_is_dropped_cancels_its_timer() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut limited = Box::pin(timeout(10 * MS, pending::<()>()));
        let mut cx = Context::from_waker(&waker);
        assert!(limited.as_mut().poll(&mut cx).is_pending());
        drop(limited);
        assert_eq!(Arc::strong_count(&wakes), 2);
        sleep(11 * MS).await;
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn timed_out_converts_into_an_io_error() {
    let error = io::Error::from(TimedOut);
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "timed out");
}
