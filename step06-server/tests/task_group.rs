//! A group's tasks can be awaited all at once, and those that end leave nothing behind.

mod common;

use std::{cell::Cell, future::Future, rc::Rc};

use common::within_deadline;
use futures_lite::future::poll_once;
use step06_server::executor::{block_on, spawn};
use step06_server::task_group::TaskGroup;
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn a_group_without_tasks_is_joined_at_once() {
    run(async {
        let group = TaskGroup::new();
        assert!(group.is_empty());
        assert_eq!(poll_once(group.join()).await, Some(()));
        group.cancel();
    });
}

#[test]
fn a_group_shows_how_many_tasks_it_has() {
    run(async {
        let group = TaskGroup::new();
        group.spawn(turns());
        assert_eq!(format!("{group:?}"), "TaskGroup { len: 1 }");
    });
}

#[test]
fn joining_waits_for_every_task() {
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
        // And again, when it is used again.
        let again = ended.clone();
        group.spawn(async move { again.set(0) });
        group.join().await;
        assert_eq!(ended.get(), 0);
    });
}

#[test]
fn joining_waits_for_tasks_that_members_spawn_into_their_group() {
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
fn several_tasks_may_join_a_group_and_one_may_give_up() {
    run(async {
        let (group, open) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(false)));
        let opened = open.clone();
        group.spawn(async move {
            while !opened.get() {
                yield_now().await;
            }
        });
        let joining = [(); 3].map(|()| {
            let group = group.clone();
            spawn(async move { group.join().await })
        });
        turns().await;
        let [gives_up, one, other] = joining;
        drop(gives_up);
        open.set(true);
        one.await;
        other.await;
    });
}

#[test]
fn tasks_that_ended_leave_nothing_behind() {
    run(async {
        let (group, alive) = (TaskGroup::new(), Rc::new(()));
        for round in 0..1000 {
            let held = alive.clone();
            group.spawn(async move {
                let _held = held;
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

#[test]
fn giving_up_to_join_leaves_the_tasks_alone() {
    run(async {
        let (group, ended) = (TaskGroup::new(), Rc::new(Cell::new(false)));
        let ends = ended.clone();
        group.spawn(async move {
            turns().await;
            ends.set(true);
        });
        for _ in 0..2 {
            assert_eq!(poll_once(group.join()).await, None);
        }
        group.join().await;
        assert!(ended.get());
    });
}
