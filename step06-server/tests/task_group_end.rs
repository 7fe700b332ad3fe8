//! Groups at the end of `block_on`: their tasks are cancelled, tasks that join them are
//! woken, and a group that outlives the runtime is empty.

use std::{
    cell::Cell,
    future::{Future, pending},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use futures_lite::future::{self, zip};
use step::runtime::{TaskGroup, block_on, spawn};

use crate::common::{
    Wakes, poll_once,
    tasks::{Drops, OnDrop, panic_message, run, spawn_owner, turns},
    within_deadline,
};

#[test]
fn a_group_that_outlives_its_runtime_is_empty() {
    let drops = Drops::default();
    let group = run(async {
        let group = TaskGroup::new();
        for _ in 0..3 {
            let counter = drops.counter();
            group.spawn(async { (counter, pending::<()>().await).1 });
        }
        turns().await;
        group
    });
    assert_eq!((group.len(), drops.count()), (0, 3));
    run(group.join());
    group.cancel();
}

#[test]
fn a_group_that_outlives_its_runtime_can_be_used_in_the_next_one() {
    let group = run(async {
        let group = TaskGroup::new();
        group.spawn(pending());
        group
    });
    let ended = Rc::new(Cell::new(0));
    for _ in 0..2 {
        run(async {
            let counter = ended.clone();
            group.spawn(async move { counter.set(counter.get() + 1) });
            group.join().await;
        });
    }
    assert_eq!(ended.get(), 2);
}

#[test]
fn spawning_into_a_group_outside_block_on_panics_and_leaves_it_empty() {
    let (group, drops) = (TaskGroup::new(), Drops::default());
    let counter = drops.counter();
    let message = panic_message(|| group.spawn(async { drop(counter) }));
    assert_eq!(message, "`spawn` needs a runtime: call it inside `block_on`");
    assert_eq!((group.len(), drops.count()), (0, 1));
    run(group.join());
}

#[test]
fn the_end_wakes_those_who_join_a_group() {
    let (wakes, waker) = Wakes::new();
    let group = Rc::new(TaskGroup::new());
    let joins = run(async {
        group.spawn(pending());
        let mut joins = [(); 3].map(|()| {
            let group = group.clone();
            Box::pin(async move { group.join().await })
        });
        for join in &mut joins {
            assert!(join.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        turns().await;
        assert_eq!(wakes.count(), 0);
        joins
    });
    assert_eq!(wakes.count(), 3);
    assert_eq!(Arc::strong_count(&wakes), 2, "the group keeps the wakers");
    for mut join in joins {
        assert_eq!(poll_once(&mut join), Poll::Ready(()));
    }
}

#[test]
fn a_join_in_another_executor_goes_on_when_the_runtime_of_the_members_ends() {
    let group = Rc::new(TaskGroup::new());
    let joined = group.clone();
    // `zip` polls both futures with the waker of the outer executor. The second one ends
    // the runtime of the member while the first one waits for it.
    let ends = std::future::poll_fn(|cx| {
        block_on(async {
            group.spawn(pending());
            let mut join = Box::pin(group.join());
            assert!(Pin::new(&mut join).poll(cx).is_pending());
            std::mem::forget(join);
        });
        Poll::Ready(())
    });
    let joins = async move {
        joined.join().await;
    };
    within_deadline(|| future::block_on(zip(ends, joins)));
}

#[test]
fn the_end_cancels_members_whose_destructors_use_the_group() {
    let drops = Drops::default();
    run(async {
        let group = Rc::new(TaskGroup::new());
        for _ in 0..3 {
            let (own, counters) = (Rc::downgrade(&group), drops.clone());
            let uses_the_group = OnDrop(move || {
                if let Some(group) = own.upgrade() {
                    let counter = counters.counter();
                    group.spawn(async { drop(counter) });
                    group.cancel();
                }
            });
            let counter = drops.counter();
            group.spawn(async { (uses_the_group, counter, pending::<()>().await).2 });
        }
        let owner = spawn_owner(group.clone());
        turns().await;
        owner.detach();
    });
    assert_eq!(drops.count(), 6);
}

#[test]
fn the_end_cancels_a_task_that_joins_its_own_group() {
    let drops = Drops::default();
    run(async {
        let group = Rc::new(TaskGroup::new());
        for _ in 0..3 {
            let (own, counter) = (group.clone(), drops.counter());
            group.spawn(async move {
                let _owned = counter;
                own.join().await;
            });
        }
        spawn(async move { group.join().await }).detach();
        turns().await;
    });
    assert_eq!(drops.count(), 3);
}
