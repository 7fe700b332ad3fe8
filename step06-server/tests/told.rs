//! The events of the trace name the task that they are about.

use step::runtime::{spawn, yield_now};

use crate::common::trace::tasks_of;

/// Spawns three tasks at once, and then three more, one after the other.
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
fn the_main_future_is_called_main() {
    let ready = tasks_of("ready", async {});
    let expected: &[&str] = if cfg!(debug_assertions) { &["main"] } else { &[] };
    assert_eq!(ready, expected);
}

#[test]
fn no_two_tasks_have_the_same_name() {
    let mut names = tasks_of("spawn", six_tasks());
    names.sort();
    names.dedup();
    let expected = if cfg!(debug_assertions) { 6 } else { 0 };
    assert_eq!(names.len(), expected, "{names:?}");
    assert!(!names.contains(&"main".to_owned()));
}

#[test]
fn a_task_keeps_its_name_until_it_is_ready() {
    let [mut spawned, mut ready] =
        ["spawn", "ready"].map(|message| tasks_of(message, six_tasks()));
    assert_eq!(ready.pop(), cfg!(debug_assertions).then(|| "main".to_owned()));
    spawned.sort();
    ready.sort();
    assert_eq!(ready, spawned);
}

#[test]
fn a_cancelled_task_has_one_event_that_names_it() {
    let cancelled = tasks_of("cancel", async {
        let tasks = [(); 2].map(|()| spawn(std::future::pending::<()>()));
        yield_now().await;
        drop(tasks);
    });
    let spawned = tasks_of("spawn", async { drop([(); 2].map(|()| spawn(async {}))) });
    assert_eq!(cancelled, spawned);
}
