//! A subscriber of the trace runs user code in the middle of the runtime. It can spawn
//! and cancel tasks at every event.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use step::runtime::{Task, spawn, yield_now};

use crate::common::{
    tasks::{Drops, spawn_owner, turns},
    trace::{at_next, traced},
};

#[test]
fn a_subscriber_can_spawn_and_cancel_at_every_event_of_a_task() {
    for event in ["spawn", "poll", "pending", "ready", "cancel"] {
        traced(async {
            let (polled, drops) = (Rc::new(Cell::new(false)), Drops::default());
            let (flag, counters) = (polled.clone(), drops.clone());
            at_next(event, move || {
                spawn(async move { flag.set(true) }).detach();
                drop(spawn_owner(counters.counter()));
            });
            drop(spawn(async {}));
            let task = spawn(async {
                yield_now().await;
                4
            });
            assert_eq!(task.await, 4, "at {event}");
            turns().await;
            assert!(polled.get(), "the task that was spawned at {event} was not polled");
            assert_eq!(
                drops.count(),
                1,
                "the task that was cancelled at {event} is alive"
            );
        });
    }
}

/// A place for the handle of a task, from which a subscriber takes it.
type Slot = Rc<RefCell<Option<Task<()>>>>;

/// Cancels the task in the slot at the next event with this message.
fn cancel_at_next(event: &'static str, slot: &Slot) {
    let slot = slot.clone();
    at_next(event, move || drop(slot.take().expect("the task was spawned before")));
}

/// Spawns a task that calls `first` in its first poll and `last` in its last one. Puts
/// its handle into the slot. Returns its drops, and whether it has reached its end.
fn spawn_into(
    slot: &Slot,
    first: impl FnOnce() + 'static,
    last: impl FnOnce() + 'static,
) -> (Drops, Rc<Cell<bool>>) {
    let (drops, finished) = (Drops::default(), Rc::new(Cell::new(false)));
    let (counter, flag) = (drops.counter(), finished.clone());
    let task = spawn(async move {
        let _owned_until_the_end = counter;
        first();
        yield_now().await;
        last();
        flag.set(true);
    });
    slot.replace(Some(task));
    (drops, finished)
}

#[test]
fn a_subscriber_can_cancel_a_task_when_its_poll_starts() {
    traced(async {
        let slot = Slot::default();
        let (drops, finished) = spawn_into(&slot, || {}, || {});
        cancel_at_next("poll", &slot);
        turns().await;
        assert_eq!((drops.count(), finished.get()), (1, false));
    });
}

#[test]
fn a_subscriber_can_cancel_a_task_when_its_poll_was_pending() {
    traced(async {
        let slot = Slot::default();
        let target = slot.clone();
        let cancel = move || cancel_at_next("pending", &target);
        let (drops, finished) = spawn_into(&slot, cancel, || {});
        turns().await;
        assert_eq!((drops.count(), finished.get()), (1, false));
    });
}

#[test]
fn a_subscriber_can_cancel_a_task_when_its_poll_was_ready() {
    traced(async {
        let slot = Slot::default();
        let target = slot.clone();
        let cancel = move || cancel_at_next("ready", &target);
        let (drops, finished) = spawn_into(&slot, || {}, cancel);
        turns().await;
        assert_eq!((drops.count(), finished.get()), (1, true));
    });
}

#[test]
fn a_subscriber_can_cancel_a_task_when_another_is_cancelled() {
    traced(async {
        let slot = Slot::default();
        let (drops, finished) = spawn_into(&slot, || {}, || {});
        let other = spawn_owner(drops.counter());
        cancel_at_next("cancel", &slot);
        drop(other);
        assert_eq!((drops.count(), finished.get()), (2, false));
        turns().await;
    });
}

#[test]
fn a_subscriber_can_spawn_while_the_runtime_ends() {
    let drops = Drops::default();
    traced(async {
        let counters = drops.clone();
        at_next("ready", move || {
            at_next("cancel", move || spawn_owner(counters.counter()).detach());
        });
        spawn_owner(drops.counter()).detach();
    });
    assert_eq!(drops.count(), if cfg!(debug_assertions) { 2 } else { 0 });
}
