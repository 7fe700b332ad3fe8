//! Fairness: a future that can complete for ever without waiting never holds the thread.
//! Other tasks go on, and so do other futures of the same task.
#![expect(clippy::async_yields_async, reason = "the tests poll what they are given")]

use std::{
    future::pending,
    thread,
    time::{Duration, Instant},
};

use step::runtime::time::{TimedOut, Timer, interval, sleep, timeout};

use crate::common::{
    greedy::{boxed, lets_others_run},
    tasks::run,
};

const MS: Duration = Duration::from_millis(1);

#[test]
fn an_interval_that_is_always_late_lets_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            let mut ticks = interval(Duration::from_nanos(1));
            loop {
                ticks.tick().await;
            }
        })
    }));
}

#[test]
fn an_interval_whose_work_takes_longer_than_its_period_lets_others_run() {
    run(async {
        let late = async {
            let mut ticks = interval(MS);
            loop {
                ticks.tick().await;
                // The work occupies the thread. Nothing waits for the end of this time.
                thread::sleep(2 * MS);
            }
        };
        let timed: Result<(), TimedOut> = timeout(20 * MS, late).await;
        assert_eq!(timed, Err(TimedOut));
    });
}

#[test]
fn sleeps_of_zero_let_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            loop {
                sleep(Duration::ZERO).await;
            }
        })
    }));
}

#[test]
fn timers_whose_deadline_has_passed_let_others_run() {
    run(async {
        let past = Instant::now();
        lets_others_run(async || {
            boxed(async move {
                loop {
                    Timer::at(past).await;
                }
            })
        })
        .await;
    });
}

#[test]
fn a_timer_that_is_awaited_again_and_again_lets_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            let mut timer = Timer::after(Duration::ZERO);
            loop {
                (&mut timer).await;
                timer = Timer::at(Instant::now());
            }
        })
    }));
}

#[test]
fn timeouts_of_zero_let_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            loop {
                let timed = timeout(Duration::ZERO, pending::<()>()).await;
                assert_eq!(timed, Err(TimedOut));
            }
        })
    }));
}
