//! How often the loop turns, told by what it says of itself: a runtime that has to wait waits, once.

mod common;

use std::{
    fmt::Debug,
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::within_deadline;
use step06_server::executor::block_on;
use step06_server::time::{Timer, interval};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

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
    let run = || within_deadline(|| block_on(future));
    with_default(registry().with(parks.clone()), run);
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
