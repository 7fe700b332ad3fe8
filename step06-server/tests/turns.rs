//! The loop turns no more often than it must, and timers and tasks do not starve each
//! other.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};

use step::runtime::{
    Either, select, spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{tasks::run, trace::tasks_of};

const MS: Duration = Duration::from_millis(1);

/// Runs a future, and returns how often the thread parked. Release builds have no events,
/// so there this is zero.
fn parks(future: impl Future) -> usize {
    tasks_of("park", future).len()
}

#[test]
fn a_sleep_takes_at_most_two_polls_and_two_turns() {
    let mut all = 0;
    for micros in [1, 500, 900, 1900, 20_001] {
        let start = Instant::now();
        let mut polls = 0;
        let parks = parks(async {
            let duration = Duration::from_micros(micros);
            let mut timer = pin!(Timer::after(duration));
            poll_fn(|cx| {
                polls += 1;
                timer.as_mut().poll(cx)
            })
            .await;
            assert!(start.elapsed() >= duration);
        });
        assert!(polls <= 2, "{polls} polls for {micros} µs");
        assert!(parks <= 2, "{parks} turns for {micros} µs");
        all += parks;
    }
    assert!(all > 0 || !cfg!(debug_assertions), "no event was recorded");
}

#[test]
fn a_task_that_is_polled_for_other_reasons_meets_its_deadline() {
    run(async {
        let start = Instant::now();
        let mut timer = Timer::after(5 * MS);
        loop {
            match select(&mut timer, yield_now()).await {
                Either::Left(_) => break,
                Either::Right(()) => assert!(start.elapsed() < 5000 * MS),
            }
        }
        assert!(start.elapsed() >= 5 * MS);
    });
}

#[test]
fn tasks_that_always_yield_do_not_starve_timers() {
    run(async {
        for _ in 0..200 {
            spawn(async {
                loop {
                    yield_now().await;
                }
            })
            .detach();
        }
        for _ in 0..5 {
            sleep(MS).await;
        }
    });
}

#[test]
fn timers_that_fire_all_the_time_do_not_starve_tasks() {
    run(async {
        let polls = Rc::new(Cell::new(0));
        for _ in 0..100 {
            let polls = polls.clone();
            spawn(async move {
                loop {
                    sleep(MS / 20).await;
                    polls.set(polls.get() + 1);
                    yield_now().await;
                }
            })
            .detach();
        }
        while polls.get() < 2000 {
            yield_now().await;
        }
    });
}
