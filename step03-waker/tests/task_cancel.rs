//! Dropping a `Task` cancels it: its future is dropped.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
    rc::Rc,
};

use step::runtime::{Task, spawn, yield_now};

use crate::common::tasks::{Drops, run, spawn_owner, turns};

#[test]
fn dropping_the_handle_drops_the_future_at_once() {
    run(async {
        let drops = Drops::default();
        let task = spawn_owner(drops.counter());
        turns().await;
        assert_eq!(drops.count(), 0);
        drop(task);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_cancelled_before_its_first_poll_is_never_polled() {
    run(async {
        let polled = Rc::new(Cell::new(false));
        let flag = polled.clone();
        drop(spawn(async move { flag.set(true) }));
        assert_eq!(Rc::strong_count(&polled), 1);
        turns().await;
        assert!(!polled.get());
    });
}

#[test]
fn the_handle_of_a_finished_task_can_be_dropped_or_detached() {
    run(async {
        let tasks = [(); 2].map(|()| spawn(async { 1 }));
        turns().await;
        let [dropped, detached] = tasks;
        drop(dropped);
        detached.detach();
        assert_eq!(spawn(async { 2 }).await, 2);
    });
}

#[test]
fn the_handle_of_a_finished_task_cancels_no_later_task() {
    run(async {
        for number in 0..10 {
            let (finished, open) = (spawn(async {}), Rc::new(Cell::new(false)));
            turns().await;
            let gate = open.clone();
            let later = spawn(async move {
                while !gate.get() {
                    yield_now().await;
                }
                number
            });
            turns().await;
            drop(finished);
            open.set(true);
            assert_eq!(later.await, number);
        }
    });
}

/// Spawns a task that drops its own handle in its first poll, and then goes on with
/// `rest`.
fn spawn_self_cancelling(rest: impl Future<Output = ()> + 'static) {
    let slot = Rc::new(RefCell::new(None::<Task<()>>));
    let handle = slot.clone();
    let task = spawn(async move {
        drop(handle.take().expect("the handle is stored before the first poll"));
        rest.await;
    });
    slot.replace(Some(task));
}

#[test]
fn a_task_that_cancels_itself_is_dropped_when_its_poll_returns() {
    for is_pending in [true, false] {
        run(async {
            let (drops, reached) = (Drops::default(), Rc::new(Cell::new(false)));
            let (counter, flag) = (drops.counter(), reached.clone());
            let seen = drops.clone();
            spawn_self_cancelling(async move {
                // The poll goes on, so the future and what it owns are still alive.
                assert_eq!(seen.count(), 0);
                flag.set(true);
                if is_pending {
                    yield_now().await;
                    unreachable!("a cancelled task was polled");
                }
                drop(counter);
            });
            turns().await;
            assert!(reached.get());
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn a_task_can_cancel_another_task_while_it_is_polled() {
    run(async {
        let drops = Drops::default();
        let other = spawn_owner(drops.counter());
        let seen = drops.clone();
        let cancels = spawn(async move {
            drop(other);
            seen.count()
        });
        assert_eq!(cancels.await, 1);
    });
}

#[test]
fn a_task_can_be_dropped_or_detached_after_its_runtime_has_ended() {
    let [dropped, detached] = run(async { [(); 2].map(|()| spawn(pending::<()>())) });
    drop(dropped);
    run(async { detached.detach() });
}
