//! A group owns the tasks that are spawned into it. A task that has ended leaves it.

use std::{future::pending, rc::Rc};

use step::runtime::{TaskGroup, yield_now};

use crate::common::tasks::{Drops, OnDrop, run, turns};

/// Owns a value for ever.
async fn own<T>(_owned: T) {
    pending().await
}

#[test]
fn a_task_that_has_ended_leaves_its_group() {
    run(async {
        let group = TaskGroup::new();
        for _ in 0..10 {
            group.spawn(yield_now());
        }
        assert_eq!(group.len(), 10);
        turns().await;
        assert_eq!(group.len(), 0);
        assert!(group.is_empty());
    });
}

#[test]
fn cancel_drops_the_futures_of_all_tasks_before_it_returns() {
    run(async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        (0..3).for_each(|_| group.spawn(own(drops.counter())));
        turns().await;
        (0..3).for_each(|_| group.spawn(own(drops.counter())));
        assert_eq!(drops.count(), 0);
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 6));
    });
}

#[test]
fn dropping_a_group_cancels_its_tasks() {
    run(async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        group.spawn(own(drops.counter()));
        turns().await;
        drop(group);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_cancelled_task_can_spawn_into_its_group_when_it_is_dropped() {
    run(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        let (spawns, counter) = (group.clone(), drops.clone());
        group.spawn(own(OnDrop(move || spawns.spawn(own(counter.counter())))));
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 1));
    });
}
