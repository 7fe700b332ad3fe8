//! A panic in a task ends `block_on`, in this step. The other tasks are dropped on the
//! way, and the thread can call `block_on` again.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    panic::panic_any,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use step::runtime::{Task, spawn, yield_now};

use crate::common::{
    Wakes, poll_once,
    tasks::{Drops, OnDrop, catch, panic_message, run, spawn_owner, turns},
};

/// Shows that this thread can run tasks.
fn run_another() {
    let output = run(async {
        let cancelled = Drops::default();
        drop(spawn_owner(cancelled.counter()));
        assert_eq!(cancelled.count(), 1);
        spawn(async {
            yield_now().await;
            6
        })
        .await
    });
    assert_eq!(output, 6);
}

#[test]
fn a_panic_ends_block_on() {
    let payload = catch(|| {
        run(async {
            spawn(async {
                yield_now().await;
                panic_any(17);
            })
            .detach();
            loop {
                yield_now().await;
            }
        })
    });
    assert_eq!(*payload.downcast::<i32>().expect("the payload of the task"), 17);
    run_another();
}

#[test]
fn a_panic_in_an_awaited_task_ends_block_on() {
    let message =
        panic_message(|| run(async { spawn(async { panic!("awaited") }).await }));
    assert_eq!(message, "awaited");
    run_another();
}

#[test]
fn a_panic_drops_the_other_tasks() {
    let drops = Drops::default();
    let message = panic_message(|| {
        run(async {
            spawn_owner(drops.counter()).detach();
            let counter = drops.counter();
            spawn(async move {
                let _dropped_by_the_panic = counter;
                yield_now().await;
                panic!("in the middle");
            })
            .detach();
            spawn_owner(drops.counter()).detach();
            turns().await;
        })
    });
    assert_eq!(message, "in the middle");
    assert_eq!(drops.count(), 3);
    run_another();
}

#[test]
fn a_panic_drops_a_future_that_owns_something_outside_its_poll() {
    let drops = Drops::default();
    let counter = drops.counter();
    // In an `async` block, the panic would drop `counter` before it reaches the executor.
    let message = panic_message(|| {
        run(async {
            spawn(poll_fn(move |_| -> Poll<()> {
                let _owned_by_the_future = &counter;
                panic!("with something owned");
            }))
            .await
        })
    });
    assert_eq!(message, "with something owned");
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_destructor_can_spawn_while_a_panic_ends_block_on() {
    let drops = Drops::default();
    let counters = drops.clone();
    let message = panic_message(|| {
        run(async {
            spawn_owner(OnDrop(move || spawn_owner(counters.counter()).detach()))
                .detach();
            spawn(async { panic!("at the end") }).await;
        })
    });
    assert_eq!(message, "at the end");
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_panic_wakes_the_awaiter_of_the_task() {
    let (wakes, waker) = Wakes::new();
    let kept = Rc::new(RefCell::new(None::<Task<()>>));
    let slot = kept.clone();
    let message = panic_message(|| {
        run(async move {
            let mut task = spawn(async { panic!("awaited from outside") });
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            slot.replace(Some(task));
            turns().await;
        })
    });
    assert_eq!(message, "awaited from outside");
    assert_eq!(wakes.count(), 1);
    let mut task = kept.take().expect("the main future has stored it");
    let message = panic_message(|| poll_once(&mut task));
    assert_eq!(message, "a task was awaited after its runtime had ended");
}

#[test]
fn a_panic_after_a_task_has_cancelled_itself_ends_block_on() {
    let drops = Drops::default();
    let counter = drops.counter();
    let message = panic_message(|| {
        run(async move {
            let slot = Rc::new(Cell::new(None::<Task<()>>));
            let handle = slot.clone();
            let task = spawn(async move {
                let _dropped_by_the_panic = counter;
                drop(handle.take());
                panic!("cancelled already");
            });
            slot.set(Some(task));
            turns().await;
        })
    });
    assert_eq!(message, "cancelled already");
    assert_eq!(drops.count(), 1);
    run_another();
}

#[test]
fn a_panic_in_a_destructor_keeps_no_cancelled_task_alive() {
    run(async {
        let drops = Drops::default();
        let last = spawn_owner(drops.counter());
        let panics = OnDrop(|| panic!("in a destructor"));
        let second = spawn_owner((drops.counter(), panics, last));
        let first = spawn_owner((drops.counter(), second));
        turns().await;
        assert_eq!(panic_message(|| drop(first)), "in a destructor");
        assert_eq!(drops.count(), 3);
    });
    run_another();
}
