//! A waker that panics when it is woken harms no other task that joins the same group.

use std::{cell::Cell, future::pending, pin::pin, rc::Rc};

use step::runtime::{TaskGroup, spawn, yield_now};

use crate::common::{
    bad_waker::{bad, poll_with},
    tasks::{run, turns},
};

#[test]
fn bad_wakers_that_join_a_group_do_not_take_the_other_wakes() {
    for cancel in [false, true] {
        run(async {
            let (group, over) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(false)));
            let ends = over.clone();
            group.spawn(async move {
                while !ends.get() {
                    yield_now().await;
                }
            });
            let (mut first, mut second) = (pin!(group.join()), pin!(group.join()));
            poll_with(&mut first, &bad());
            poll_with(&mut second, &bad());
            let joined = group.clone();
            let third = spawn(async move { joined.join().await });
            turns().await;
            match cancel {
                true => group.cancel(),
                false => over.set(true),
            }
            third.await;
        });
    }
}

#[test]
fn a_bad_waker_that_is_woken_by_a_destructor_keeps_no_task_alive() {
    run(async {
        let (group, over) = (TaskGroup::new(), Rc::new(()));
        for _ in 0..3 {
            let owned = over.clone();
            group.spawn(async { (owned, pending::<()>().await).1 });
        }
        turns().await;
        let mut join = Box::pin(async { group.join().await });
        poll_with(&mut join, &bad());
        group.cancel();
        assert_eq!((group.len(), Rc::strong_count(&over)), (0, 1));
    });
}
