//! Tasks that own each other's handles: a chain of any length is dropped without a deep
//! recursion, which would overflow the stack.

use std::{any::Any, cell::Cell, rc::Rc};

use step::runtime::{Task, spawn, yield_now};

use crate::common::tasks::{Drops, run, spawn_owner, turns};

/// More tasks than a stack has room for nested calls.
const LENGTH: u32 = 100_000;

/// Spawns a chain of tasks, each of which awaits the next. The last one waits for ever.
fn chain(drops: &Drops) -> Task<()> {
    let last = spawn_owner(drops.counter());
    (1..LENGTH).fold(last, |next, _| {
        let counter = drops.counter();
        spawn(async { (counter, next.await).1 })
    })
}

#[test]
fn a_long_chain_of_tasks_is_dropped_when_its_first_handle_is_dropped() {
    run(async {
        let drops = Drops::default();
        let first = chain(&drops);
        turns().await;
        drop(first);
        assert_eq!(drops.count(), LENGTH as usize);
    });
}

#[test]
fn a_long_chain_of_tasks_is_dropped_at_the_end_of_block_on() {
    let drops = Drops::default();
    run(async {
        chain(&drops).detach();
        turns().await;
    });
    assert_eq!(drops.count(), LENGTH as usize);
}

#[test]
fn a_long_chain_of_tasks_is_dropped_by_another_task() {
    run(async {
        let drops = Drops::default();
        let next = chain(&drops);
        turns().await;
        spawn(async move { drop(next) }).await;
        assert_eq!(drops.count(), LENGTH as usize);
    });
}

/// Spawns a chain of tasks, each of whose outputs owns the handle of the next. Waits
/// until all of them have ended.
async fn chain_of_outputs(drops: &Drops) -> Task<Box<dyn Any>> {
    let ended = Rc::new(Cell::new(0));
    let counter = drops.counter();
    let last = spawn(async { Box::new(counter) as Box<dyn Any> });
    let first = (1..LENGTH).fold(last, |next, _| {
        let (counter, ended) = (drops.counter(), ended.clone());
        spawn(async move {
            ended.set(ended.get() + 1);
            Box::new((counter, next)) as Box<dyn Any>
        })
    });
    while ended.get() < LENGTH - 1 {
        yield_now().await;
    }
    first
}

#[test]
fn a_long_chain_of_outputs_is_dropped_when_its_first_handle_is_dropped() {
    let drops = Drops::default();
    let first = run(async { [chain_of_outputs(&drops).await] });
    assert_eq!(drops.count(), 0);
    drop(first);
    assert_eq!(drops.count(), LENGTH as usize);
}

#[test]
fn a_long_chain_of_outputs_is_dropped_when_its_first_task_is_detached() {
    run(async {
        let drops = Drops::default();
        chain_of_outputs(&drops).await.detach();
        assert_eq!(drops.count(), LENGTH as usize);
    });
}
