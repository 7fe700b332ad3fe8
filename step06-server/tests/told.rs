//! What the runtime tells of itself says which task it speaks of.

mod common;

use std::{
    fmt::Debug,
    future::pending,
    mem,
    sync::{Arc, Mutex},
};

use common::within_deadline;
use step06_server::executor::{block_on, spawn};
use step06_server::yield_now::yield_now;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

/// What was told: of whom, and what.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(String, String)>>>);

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Fields::default();
        event.record(&mut told);
        self.0.lock().expect("nobody panics with it").push((told.task, told.message));
    }
}

/// What is told at once.
#[derive(Default)]
struct Fields {
    task: String,
    message: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "task" => self.task = format!("{value:?}"),
            "message" => self.message = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Runs a future, and gives the names of the tasks of which that word was told, in order.
///
/// All tests here run theirs like this. Where a runtime tells something for the first time while nobody listens to it,
/// that may be kept in mind, and not be told to those who begin to listen at this moment.
fn named(word: &str, future: impl Future) -> Vec<String> {
    let told = Told::default();
    with_default(registry().with(told.clone()), || within_deadline(|| block_on(future)));
    let told = mem::take(&mut *told.0.lock().expect("nobody panicked with it"));
    told.into_iter().filter(|(_, said)| said == word).map(|(task, _)| task).collect()
}

/// Three tasks at once, and then one after the other, which take the places of those.
async fn six_tasks() {
    let tasks = [(); 3].map(|()| spawn(yield_now()));
    for task in tasks {
        task.await;
    }
    for _ in 0..3 {
        spawn(yield_now()).await;
    }
}

#[test]
fn the_main_future_goes_by_the_name_of_main() {
    let ready = named("ready", async {});
    // Release builds say nothing.
    let expected: &[&str] = if cfg!(debug_assertions) { &["main"] } else { &[] };
    assert_eq!(ready, expected);
}

#[test]
fn no_two_tasks_go_by_one_name_even_one_after_the_other() {
    let mut names = named("spawn", six_tasks());
    names.sort();
    names.dedup();
    let expected = if cfg!(debug_assertions) { 6 } else { 0 };
    assert_eq!(names.len(), expected, "{names:?}");
    assert!(!names.contains(&"main".to_owned()));
}

#[test]
fn a_handle_shows_whose_it_is() {
    named("spawn", async {
        let [one, other] = [(); 2].map(|()| format!("{:?}", spawn(pending::<()>())));
        assert!(one.starts_with("Task { key: ") && other.starts_with("Task { key: "));
        assert_ne!(one, other);
    });
}

#[test]
fn a_task_keeps_its_name_from_its_beginning_to_its_end() {
    let [mut spawned, mut ready] =
        ["spawn", "ready"].map(|word| named(word, six_tasks()));
    assert_eq!(ready.pop(), cfg!(debug_assertions).then(|| "main".to_owned()));
    spawned.sort();
    ready.sort();
    assert_eq!(ready, spawned);
}
