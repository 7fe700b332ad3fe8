//! `spawn` starts a task, and each task takes its turn.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use step::runtime::{spawn, yield_now};

use crate::common::tasks::{run, turns};

#[test]
fn a_detached_task_runs_while_the_main_future_does_something_else() {
    run(async {
        let has_run = Rc::new(Cell::new(false));
        let flag = has_run.clone();
        spawn(async move { flag.set(true) }).detach();
        while !has_run.get() {
            yield_now().await;
        }
    });
}

#[test]
fn spawn_does_not_poll_the_task() {
    run(async {
        let has_run = Rc::new(Cell::new(false));
        let flag = has_run.clone();
        spawn(async move { flag.set(true) }).detach();
        assert!(!has_run.get());
        turns().await;
        assert!(has_run.get());
    });
}

#[test]
fn tasks_take_turns_in_the_order_in_which_they_were_spawned() {
    let log = Rc::new(RefCell::new(Vec::new()));
    run(async {
        for name in ['a', 'b', 'c'] {
            let log = log.clone();
            spawn(async move {
                for turn in 0..3 {
                    log.borrow_mut().push((name, turn));
                    yield_now().await;
                }
            })
            .detach();
        }
        turns().await;
    });
    let expected = (0..3).flat_map(|turn| ['a', 'b', 'c'].map(|name| (name, turn)));
    assert_eq!(*log.borrow(), expected.collect::<Vec<_>>());
}

#[test]
#[should_panic(expected = "`spawn` needs a runtime: call it inside `block_on`")]
fn spawn_outside_block_on_panics() {
    spawn(async {}).detach();
}

#[test]
#[should_panic(expected = "`spawn` needs a runtime: call it inside `block_on`")]
fn spawn_after_block_on_panics() {
    run(async {});
    spawn(async {}).detach();
}

#[test]
fn a_task_can_spawn_a_task_while_it_is_polled() {
    run(async {
        let polls = Rc::new(Cell::new(0));
        let counter = polls.clone();
        spawn(async move {
            let inner = counter.clone();
            spawn(async move { inner.set(inner.get() + 1) }).detach();
            counter.set(counter.get() + 1);
        })
        .detach();
        turns().await;
        assert_eq!(polls.get(), 2);
    });
}
