//! A destructor can spawn and cancel tasks, and every future and every output is dropped
//! exactly once.

use std::{
    cell::{Cell, RefCell},
    future::{poll_fn, ready},
    rc::Rc,
    task::Poll,
};

use step::runtime::{Task, spawn};

use crate::common::tasks::{Drops, OnDrop, run, spawn_owner, turns};

#[test]
fn a_task_that_a_destructor_spawns_runs() {
    run(async {
        let runs = Rc::new(Cell::new(0));
        let counter = runs.clone();
        let spawner = move || {
            let runs = counter.clone();
            spawn(async move { runs.set(runs.get() + 1) }).detach();
        };
        // The destructor runs when a task ends, …
        let guard = OnDrop(spawner.clone());
        spawn(async move { drop(guard) }).await;
        // … when it is cancelled before its first poll, …
        drop(spawn_owner(OnDrop(spawner.clone())));
        // … and when it is cancelled later.
        let task = spawn_owner(OnDrop(spawner));
        turns().await;
        drop(task);
        turns().await;
        assert_eq!(runs.get(), 3);
    });
}

#[test]
fn a_destructor_can_cancel_a_task_whose_destructor_cancels_another() {
    run(async {
        let drops = Drops::default();
        let mut chain: Option<Task<()>> = None;
        for _ in 0..10 {
            let (counter, mut next) = (drops.counter(), chain.take());
            let cancels_next = OnDrop(move || drop(next.take()));
            chain = Some(spawn_owner((counter, cancels_next)));
        }
        turns().await;
        assert_eq!(drops.count(), 0);
        drop(chain);
        assert_eq!(drops.count(), 10);
    });
}

#[test]
fn two_tasks_that_own_each_other_are_dropped_when_one_is_cancelled() {
    run(async {
        let drops = Drops::default();
        let handles: [Rc<RefCell<Option<Task<()>>>>; 2] = Default::default();
        for (own, other) in [(0, 1), (1, 0)] {
            let other = handles[other].clone();
            let task = spawn_owner((drops.counter(), OnDrop(move || drop(other.take()))));
            handles[own].replace(Some(task));
        }
        turns().await;
        let first = handles[0].take();
        drop(first);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_future_whose_destructor_cancels_its_own_task_takes_the_output_along() {
    run(async {
        let (futures, outputs) = (Drops::default(), Drops::default());
        let slot = Rc::new(RefCell::new(None::<Task<_>>));
        let handle = slot.clone();
        let cancels_itself = OnDrop(move || drop(handle.take()));
        let (counter, mut output) = (futures.counter(), Some(outputs.counter()));
        // An `async` block would drop what it owns before it returns its output.
        let task = spawn(poll_fn(move |_| {
            let _owned_by_the_future = (&cancels_itself, &counter);
            Poll::Ready(output.take())
        }));
        slot.replace(Some(task));
        turns().await;
        assert_eq!((futures.count(), outputs.count()), (1, 1));
    });
}

#[test]
#[expect(clippy::async_yields_async, reason = "the handle outlives its runtime")]
fn every_output_is_dropped_exactly_once() {
    let drops = Drops::default();
    let output = || ready(drops.counter());
    let kept = run(async {
        drop(spawn(output()).await);
        assert_eq!(drops.count(), 1, "after an await");

        let task = spawn(output());
        turns().await;
        assert_eq!(drops.count(), 1, "while it is kept for an await");
        drop(task);
        assert_eq!(drops.count(), 2, "after the handle was dropped");

        drop(spawn(output()));
        assert_eq!(
            drops.count(),
            3,
            "after the task was cancelled before its first poll"
        );

        spawn(output()).detach();
        turns().await;
        assert_eq!(drops.count(), 4, "after a detached task has finished");

        let task = spawn(output());
        turns().await;
        task.detach();
        assert_eq!(drops.count(), 5, "after a finished task was detached");

        let task = spawn(output());
        turns().await;
        task
    });
    assert_eq!(drops.count(), 5, "while it is kept beyond the runtime");
    drop(kept);
    assert_eq!(drops.count(), 6, "after the handle was dropped, without a runtime");
}
