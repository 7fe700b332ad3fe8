//! The loop turns as often as it must: once for each wait, and timers and tasks do not keep each other out of it.

mod common;

use std::{
    cell::Cell,
    fmt::Debug,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::within_deadline;
use step05_timers::executor::{block_on, spawn};
use step05_timers::select::{Either, select};
use step05_timers::time::{Timer, interval, sleep};
use step05_timers::yield_now::yield_now;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

const MS: Duration = Duration::from_millis(1);

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Counts how often the runtime says that it parks.
#[derive(Clone, Default)]
struct Parks(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Parks {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
    }
}

impl Visit for Parks {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" && format!("{value:?}") == "park" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Runs a future, and tells how often the thread parked meanwhile.
fn parks(future: impl Future) -> usize {
    let parks = Parks::default();
    with_default(registry().with(parks.clone()), || run(future));
    parks.0.load(Ordering::Relaxed)
}

#[test]
fn a_sleep_that_is_no_whole_millisecond_takes_two_polls_and_two_turns_at_most() {
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
    // Release builds say nothing.
    assert!(all > 0 || !cfg!(debug_assertions), "none of the turns was told");
}

#[test]
fn a_beat_takes_two_turns_a_tick_at_most() {
    let parks = parks(async {
        let mut beat = interval(Duration::from_micros(1300));
        for _ in 0..10 {
            beat.tick().await;
        }
    });
    assert!(parks <= 20, "{parks} turns for 10 ticks");
}

#[test]
fn polls_for_no_reason_make_a_timer_neither_early_nor_late() {
    run(async {
        let start = Instant::now();
        let mut timer = Timer::after(5 * MS);
        // Another future of the same task is busy all the time.
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
fn tasks_that_never_stop_yielding_do_not_keep_out_timers() {
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
fn timers_that_fire_all_the_time_do_not_keep_out_tasks() {
    run(async {
        let polls = Rc::new(Cell::new(0));
        for _ in 0..100 {
            let polls = polls.clone();
            spawn(async move {
                let mut naps = pin!(async {
                    loop {
                        sleep(MS / 20).await;
                    }
                });
                // A nap that is over before it begins, since the machine was busy, costs no poll of its own: so these
                // are counted, and not the naps.
                poll_fn::<(), _>(|cx| {
                    polls.set(polls.get() + 1);
                    naps.as_mut().poll(cx)
                })
                .await;
            })
            .detach();
        }
        while polls.get() < 2000 {
            let before = polls.get();
            yield_now().await;
            // In a turn of the loop no more tasks are polled than make a batch.
            let in_one_turn = polls.get() - before;
            assert!(in_one_turn <= 61, "{in_one_turn} tasks polled in one turn");
        }
    });
}
