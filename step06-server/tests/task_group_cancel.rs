//! A group's tasks can be cancelled all at once, by anybody, and none of them outlives the group.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

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

/// Calls a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// Holds something for ever.
async fn hold<T>(_held: T) {
    pending().await
}

#[test]
fn cancelling_drops_all_tasks_before_it_returns() {
    run(async {
        let (group, alive) = (TaskGroup::new(), Rc::new(()));
        (0..3).for_each(|_| group.spawn(hold(alive.clone())));
        turns().await;
        (0..3).for_each(|_| group.spawn(hold(alive.clone())));
        assert_eq!(Rc::strong_count(&alive), 7);
        group.cancel();
        assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
        group.join().await;
    });
}

#[test]
fn cancelling_wakes_those_who_join() {
    run(async {
        let group = Rc::new(TaskGroup::new());
        group.spawn(pending());
        let joins = group.clone();
        let joining = spawn(async move { joins.join().await });
        turns().await;
        group.cancel();
        joining.await;
    });
}

#[test]
fn a_group_that_is_dropped_takes_its_tasks_along() {
    run(async {
        let (group, alive) = (TaskGroup::new(), Rc::new(()));
        group.spawn(hold(alive.clone()));
        turns().await;
        drop(group);
        assert_eq!(Rc::strong_count(&alive), 1);
    });
}

#[test]
fn a_member_may_cancel_its_own_group() {
    run(async {
        let (group, alive) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(0)));
        group.spawn(hold(alive.clone()));
        let (own, held) = (group.clone(), alive.clone());
        group.spawn(async move {
            own.cancel();
            held.set(Rc::strong_count(&held));
            // It lives until its poll returns, and no longer.
            yield_now().await;
            held.set(0);
        });
        group.spawn(hold(alive.clone()));
        group.join().await;
        turns().await;
        assert_eq!(alive.get(), 2, "its own and ours, while the group was cancelled");
        assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
    });
}

#[test]
fn a_member_may_own_its_group() {
    run(async {
        let alive = Rc::new(());
        let group = Rc::new(RefCell::new(Some(TaskGroup::new())));
        for ends in [false, true] {
            let (own, held) = (group.clone(), alive.clone());
            group.borrow().as_ref().expect("it is there").spawn(async move {
                let _held = held;
                if ends {
                    drop(own.take());
                } else {
                    pending().await
                }
            });
        }
        turns().await;
        assert!(group.borrow().is_none());
        assert_eq!((Rc::strong_count(&group), Rc::strong_count(&alive)), (1, 1));
    });
}

#[test]
fn a_drop_may_spawn_into_the_group_that_is_being_cancelled() {
    let (alive, ran) = (Rc::new(()), Rc::new(Cell::new(false)));
    run(async {
        let group = Rc::new(TaskGroup::new());
        let (own, held, runs) = (Rc::downgrade(&group), alive.clone(), ran.clone());
        let guard = OnDrop(move || {
            if let Some(group) = own.upgrade() {
                let (held, runs) = (held.clone(), runs.clone());
                group.spawn(async move {
                    runs.set(true);
                    hold(held).await;
                });
            }
        });
        group.spawn(hold(guard));
        turns().await;
        group.cancel();
        assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
        turns().await;
    });
    assert!(!ran.get(), "a task ran after it was cancelled");
}

#[test]
fn a_panic_in_a_member_ends_only_that_one() {
    run(async {
        let (group, ended) = (TaskGroup::new(), Rc::new(Cell::new(false)));
        let ends = ended.clone();
        group.spawn(async { panic!("a member fails") });
        group.spawn(hold(OnDrop(|| panic!("a member fails when it is dropped"))));
        group.spawn(async move {
            turns().await;
            ends.set(true);
        });
        while group.len() > 1 {
            yield_now().await;
        }
        assert!(ended.get());
        group.cancel();
        assert_eq!(poll_once(group.join()).await, Some(()));
    });
}

#[test]
fn a_group_may_outlive_its_runtime() {
    let alive = Rc::new(());
    let group = run(async {
        let group = TaskGroup::new();
        group.spawn(hold(alive.clone()));
        group
    });
    assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
    let outside = catch_unwind(AssertUnwindSafe(|| group.spawn(hold(alive.clone()))));
    assert!(outside.is_err(), "a task without a runtime");
    assert_eq!((group.len(), Rc::strong_count(&alive)), (0, 1));
    run(group.join());
}
