//! Groups that own each other: a chain of any length is dropped without a deep recursion,
//! which would overflow the stack.

use std::{any::Any, cell::Cell, future::pending, rc::Rc};

use step::runtime::{Task, TaskGroup, spawn, yield_now};

use crate::common::tasks::{Drops, run, spawn_owner, turns};

/// More groups than a stack has room for nested calls.
const LENGTH: usize = 100_000;

/// Makes a chain of groups. The only member of each one owns the next one, and joins it.
/// Waits until all members have been polled.
async fn chain(drops: &Drops) -> TaskGroup {
    let (polled, mut group) = (Rc::new(Cell::new(0)), TaskGroup::new());
    for number in 0..LENGTH {
        let (polled, counter, next) = (polled.clone(), drops.counter(), group);
        group = TaskGroup::new();
        group.spawn(async move {
            let _owned = counter;
            polled.set(polled.get() + 1);
            match number {
                0 => pending().await,
                _ => next.join().await,
            }
        });
    }
    while polled.get() < LENGTH {
        yield_now().await;
    }
    group
}

#[test]
fn a_long_chain_of_groups_is_dropped_with_its_first_group() {
    run(async {
        let drops = Drops::default();
        drop(chain(&drops).await);
        assert_eq!(drops.count(), LENGTH);
    });
}

#[test]
fn a_long_chain_of_groups_is_cancelled_by_its_first_group() {
    run(async {
        let drops = Drops::default();
        let first = chain(&drops).await;
        first.cancel();
        assert_eq!((drops.count(), first.len()), (LENGTH, 0));
    });
}

#[test]
fn a_long_chain_of_groups_is_dropped_at_the_end_of_block_on() {
    let drops = Drops::default();
    run(async {
        let first = chain(&drops).await;
        spawn_owner(first).detach();
        turns().await;
    });
    assert_eq!(drops.count(), LENGTH);
}

#[test]
fn a_long_chain_of_groups_that_outlives_its_runtime_is_dropped() {
    let drops = Drops::default();
    let first = run(async { chain(&drops).await });
    assert_eq!(drops.count(), LENGTH);
    drop(first);
}

#[test]
fn a_long_chain_of_groups_that_are_not_polled_is_dropped() {
    run(async {
        let drops = Drops::default();
        let first = (0..LENGTH).fold(TaskGroup::new(), |next, _| {
            let (group, counter) = (TaskGroup::new(), drops.counter());
            group.spawn(async move { (counter, next.join().await).1 });
            group
        });
        drop(first);
        assert_eq!(drops.count(), LENGTH);
    });
}

#[test]
fn a_long_chain_of_groups_tasks_and_outputs_is_dropped() {
    run(async {
        let (drops, ended) = (Drops::default(), Rc::new(Cell::new(0)));
        let mut first: Box<dyn Any> = Box::new(());
        for number in 0..LENGTH {
            let (counter, ended, next) = (drops.counter(), ended.clone(), first);
            first = match number % 3 {
                // A task that owns the next one until it is cancelled, …
                0 => Box::new(spawn_owner((counter, next))),
                // … a member of a group that does, …
                1 => {
                    let group = TaskGroup::new();
                    group.spawn(async { (counter, next, pending::<()>().await).2 });
                    Box::new(group)
                }
                // … and a task whose output owns it.
                _ => {
                    let task: Task<Box<dyn Any>> = spawn(async move {
                        ended.set(ended.get() + 1);
                        Box::new((counter, next)) as Box<dyn Any>
                    });
                    Box::new(task)
                }
            };
        }
        while ended.get() < LENGTH / 3 {
            yield_now().await;
        }
        turns().await;
        assert_eq!(drops.count(), 0);
        drop(first);
        assert_eq!(drops.count(), LENGTH);
    });
}

#[test]
fn a_long_chain_of_awaits_ends_when_its_last_task_does() {
    run(async {
        let open = Rc::new(Cell::new(false));
        let gate = open.clone();
        let mut task = spawn(async move {
            while !gate.get() {
                yield_now().await;
            }
            0
        });
        for _ in 1..LENGTH {
            task = spawn(async { task.await + 1 });
        }
        turns().await;
        open.set(true);
        assert_eq!(task.await, LENGTH - 1);
    });
}

#[test]
fn a_long_chain_of_joins_ends_when_its_last_member_does() {
    run(async {
        let (open, mut group) = (Rc::new(Cell::new(false)), TaskGroup::new());
        let gate = open.clone();
        group.spawn(async move {
            while !gate.get() {
                yield_now().await;
            }
        });
        for _ in 1..LENGTH {
            let (next, outer) = (group, TaskGroup::new());
            outer.spawn(async move { next.join().await });
            group = outer;
        }
        turns().await;
        open.set(true);
        group.join().await;
    });
}
