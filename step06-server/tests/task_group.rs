//! A task group: its tasks can be awaited together, and a task that has ended leaves
//! nothing behind in the group.

use std::{cell::Cell, future::Future, pin::pin, rc::Rc, task::Context};

use futures_lite::future::poll_once;
use step::runtime::{TaskGroup, spawn, yield_now};

use crate::common::{
    Wakes,
    tasks::{run, turns},
};

/// Spawns a task into a group that ends once the flag is set.
fn spawn_gated(group: &TaskGroup, open: &Rc<Cell<bool>>) {
    let open = open.clone();
    group.spawn(async move {
        while !open.get() {
            yield_now().await;
        }
    });
}

#[test]
fn an_empty_group_is_joined_at_once() {
    run(async {
        let group = TaskGroup::new();
        assert!(group.is_empty());
        assert_eq!(poll_once(group.join()).await, Some(()));
        group.cancel();
        assert_eq!(poll_once(group.join()).await, Some(()));
    });
}

#[test]
fn the_debug_output_of_a_group_shows_how_many_tasks_it_has() {
    run(async {
        let group = TaskGroup::default();
        group.spawn(turns());
        assert_eq!(format!("{group:?}"), "TaskGroup { len: 1 }");
    });
}

#[test]
fn join_waits_for_every_task() {
    run(async {
        let (group, ended) = (TaskGroup::new(), Rc::new(Cell::new(0)));
        for n in 0..10 {
            let ended = ended.clone();
            group.spawn(async move {
                for _ in 0..n {
                    yield_now().await;
                }
                ended.set(ended.get() + 1);
            });
        }
        assert_eq!((group.len(), group.is_empty()), (10, false));
        group.join().await;
        assert_eq!((ended.get(), group.len()), (10, 0));
    });
}

#[test]
fn a_group_can_be_used_again_after_a_join() {
    run(async {
        let (group, sum) = (TaskGroup::new(), Rc::new(Cell::new(0)));
        for n in 1..=4 {
            let added = sum.clone();
            group.spawn(async move { added.set(added.get() + n) });
            group.join().await;
        }
        assert_eq!(sum.get(), 10);
    });
}

#[test]
fn join_waits_for_tasks_that_members_spawn_into_their_group() {
    fn grow(group: &Rc<TaskGroup>, left: u32, ended: Rc<Cell<u32>>) {
        let own = Rc::downgrade(group);
        group.spawn(async move {
            yield_now().await;
            if let (Some(group), Some(left)) = (own.upgrade(), left.checked_sub(1)) {
                grow(&group, left, ended.clone());
                grow(&group, left, ended.clone());
            }
            ended.set(ended.get() + 1);
        });
    }
    run(async {
        let (group, ended) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(0)));
        grow(&group, 5, ended.clone());
        group.join().await;
        assert_eq!(ended.get(), 63);
    });
}

#[test]
fn several_tasks_can_join_a_group_and_one_can_give_up() {
    run(async {
        let (group, open) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(false)));
        spawn_gated(&group, &open);
        let joins = [(); 3].map(|()| {
            let group = group.clone();
            spawn(async move { group.join().await })
        });
        turns().await;
        let [gives_up, one, other] = joins;
        drop(gives_up);
        open.set(true);
        one.await;
        other.await;
    });
}

#[test]
fn a_cancelled_join_leaves_the_tasks_alone() {
    run(async {
        let (group, ended) = (TaskGroup::new(), Rc::new(Cell::new(false)));
        let flag = ended.clone();
        group.spawn(async move {
            turns().await;
            flag.set(true);
        });
        for _ in 0..2 {
            assert_eq!(poll_once(group.join()).await, None);
        }
        group.join().await;
        assert!(ended.get());
    });
}

#[test]
fn a_join_waits_on_if_a_task_is_spawned_between_its_wake_and_its_poll() {
    run(async {
        let group = TaskGroup::new();
        let (wakes, waker) = Wakes::new();
        let mut join = pin!(group.join());
        for woken in 1..=3 {
            let open = Rc::new(Cell::new(false));
            spawn_gated(&group, &open);
            let polled = join.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            turns().await;
            open.set(true);
            turns().await;
            assert_eq!((group.len(), wakes.count()), (0, woken));
        }
        join.await;
    });
}

#[test]
fn tasks_that_have_ended_leave_nothing_behind() {
    run(async {
        let (group, alive) = (TaskGroup::new(), Rc::new(()));
        for round in 0..1000 {
            let owned = alive.clone();
            group.spawn(async move {
                let _owned = owned;
                if round % 2 == 0 {
                    yield_now().await;
                }
            });
            if round % 7 == 0 {
                group.join().await;
                assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
            }
        }
    });
}
