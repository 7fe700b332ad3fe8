//! The tasks of a group can be cancelled together, by any code, and none of them outlives
//! the group.

use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
};

use futures_lite::future::poll_once;
use step::runtime::{TaskGroup, spawn, yield_now};

use crate::common::tasks::{Drops, OnDrop, run, turns};

/// Owns a value for ever.
async fn own<T>(_owned: T) {
    pending().await
}

#[test]
fn cancel_drops_all_tasks_before_it_returns() {
    run(async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        (0..3).for_each(|_| group.spawn(own(drops.counter())));
        turns().await;
        (0..3).for_each(|_| group.spawn(own(drops.counter())));
        assert_eq!(drops.count(), 0);
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 6));
        group.join().await;
    });
}

#[test]
fn cancel_wakes_all_who_join() {
    run(async {
        let group = Rc::new(TaskGroup::new());
        group.spawn(pending());
        let joins = [(); 3].map(|()| {
            let group = group.clone();
            spawn(async move { group.join().await })
        });
        turns().await;
        group.cancel();
        for join in joins {
            join.await;
        }
    });
}

#[test]
fn a_dropped_group_cancels_its_tasks() {
    run(async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        group.spawn(own(drops.counter()));
        turns().await;
        drop(group);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_member_can_cancel_its_own_group() {
    run(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        let at_the_cancel = Rc::new(Cell::new(None));
        group.spawn(own(drops.counter()));
        let (own_group, counter) = (group.clone(), drops.counter());
        let (seen, counted) = (at_the_cancel.clone(), drops.clone());
        group.spawn(async move {
            let _owned = counter;
            own_group.cancel();
            // This member lives until its poll returns, and no longer.
            seen.set(Some(counted.count()));
            yield_now().await;
            unreachable!("a cancelled member was polled");
        });
        group.spawn(own(drops.counter()));
        group.join().await;
        turns().await;
        assert_eq!((at_the_cancel.get(), drops.count(), group.len()), (Some(2), 3, 0));
    });
}

#[test]
fn a_member_that_cancels_its_own_group_can_end_in_the_same_poll() {
    run(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        let (own_group, counter) = (group.clone(), drops.counter());
        group.spawn(async move {
            let _owned = counter;
            own_group.cancel();
        });
        group.join().await;
        assert_eq!((group.len(), drops.count()), (0, 1));
    });
}

#[test]
fn a_member_can_own_its_group() {
    run(async {
        let drops = Drops::default();
        let group = Rc::new(RefCell::new(Some(TaskGroup::new())));
        for ends in [false, true] {
            let (slot, counter) = (group.clone(), drops.counter());
            group.borrow().as_ref().expect("it is there").spawn(async move {
                let _owned = counter;
                if ends {
                    drop(slot.take());
                } else {
                    pending().await
                }
            });
        }
        turns().await;
        assert!(group.borrow().is_none());
        assert_eq!((Rc::strong_count(&group), drops.count()), (1, 2));
    });
}

#[test]
fn a_destructor_can_spawn_into_the_group_that_is_being_cancelled() {
    let (drops, polled) = (Drops::default(), Rc::new(Cell::new(false)));
    run(async {
        let group = Rc::new(TaskGroup::new());
        let (own_group, counters) = (Rc::downgrade(&group), drops.clone());
        let flag = polled.clone();
        let spawns = OnDrop(move || {
            if let Some(group) = own_group.upgrade() {
                let (counter, flag) = (counters.counter(), flag.clone());
                group.spawn(async move {
                    flag.set(true);
                    own(counter).await;
                });
            }
        });
        group.spawn(own(spawns));
        turns().await;
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 1));
        turns().await;
    });
    assert!(!polled.get(), "a task was polled after it was cancelled");
}

#[test]
fn a_panic_of_a_member_ends_only_that_member() {
    run(async {
        let (group, ended) = (TaskGroup::new(), Rc::new(Cell::new(false)));
        let flag = ended.clone();
        group.spawn(async { panic!("a member") });
        group.spawn(own(OnDrop(|| panic!("the destructor of a member"))));
        group.spawn(async move {
            turns().await;
            flag.set(true);
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
fn a_group_whose_only_member_panics_is_joined() {
    run(async {
        let group = TaskGroup::new();
        group.spawn(async {
            yield_now().await;
            panic!("the only member");
        });
        group.join().await;
        assert_eq!(group.len(), 0);
    });
}
