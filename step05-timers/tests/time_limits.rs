//! Limits of this step. A timer whose deadline has passed is ready at its first poll, so
//! a task that awaits only such timers never lets another task run.

use std::{
    cell::Cell,
    future::pending,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{
    spawn,
    time::{TimedOut, interval, sleep, timeout},
    yield_now,
};

use crate::common::tasks::run;

const MS: Duration = Duration::from_millis(1);

/// Polls a future once. It must be ready then, so no other task has run meanwhile.
async fn does_not_yield(future: impl Future<Output = ()>) {
    let others = Rc::new(Cell::new(0));
    let count = others.clone();
    let _other = spawn(async move {
        loop {
            count.set(count.get() + 1);
            yield_now().await;
        }
    });
    yield_now().await;
    let before = others.get();
    assert_eq!(poll_once(future).await, Some(()));
    assert_eq!(others.get(), before);
}

#[test]
fn an_interval_whose_every_tick_is_late_does_not_yield() {
    run(async {
        let mut ticks = interval(MS);
        ticks.tick().await;
        let late = async {
            for _ in 0..20 {
                // The work takes longer than the period.
                let start = Instant::now();
                while start.elapsed() < 2 * MS {
                    thread::yield_now();
                }
                ticks.tick().await;
            }
        };
        does_not_yield(late).await;
    });
}

#[test]
fn sleeps_of_zero_do_not_yield() {
    run(async {
        let naps = async {
            for _ in 0..1000 {
                sleep(Duration::ZERO).await;
            }
        };
        does_not_yield(naps).await;
    });
}

#[test]
fn timeouts_of_zero_do_not_yield() {
    run(async {
        let tries = async {
            for _ in 0..1000 {
                let tried = timeout(Duration::ZERO, pending::<()>()).await;
                assert_eq!(tried, Err(TimedOut));
            }
        };
        does_not_yield(tries).await;
    });
}
