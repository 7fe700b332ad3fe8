//! `block_on` runs a future together with its tasks, and cancels those that are left.

use std::{cell::Cell, future::pending, rc::Rc, thread};

use step::runtime::{Task, block_on, spawn, yield_now};

use crate::common::tasks::{Drops, panic_message, run, spawn_owner, turns};

#[test]
fn futures_and_outputs_need_not_be_send() {
    let shared = Rc::new(Cell::new(1));
    let other = shared.clone();
    let returned = run(async {
        let task = spawn(async move {
            yield_now().await;
            other.set(other.get() + 1);
            other
        });
        task.await
    });
    assert!(Rc::ptr_eq(&shared, &returned));
    assert_eq!(shared.get(), 2);
}

#[test]
fn a_task_can_spawn_a_task_that_spawns_a_task() {
    fn count_down(left: u32) -> Task<u32> {
        spawn(async move { if left == 0 { 0 } else { 1 + count_down(left - 1).await } })
    }
    assert_eq!(run(async { count_down(100).await }), 100);
}

#[test]
fn ten_thousand_tasks_run_to_completion() {
    let sum = run(async {
        let spawn_one = |number: u64| {
            spawn(async move {
                yield_now().await;
                number
            })
        };
        let tasks: Vec<_> = (0..10_000).map(spawn_one).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        sum
    });
    assert_eq!(sum, 49_995_000);
}

#[test]
fn tasks_that_always_yield_do_not_starve_the_others() {
    run(async {
        for _ in 0..200 {
            spawn(async {
                loop {
                    yield_now().await;
                }
            })
            .detach();
        }
        // The main future gets its polls, and so does a task that is spawned last.
        for _ in 0..100 {
            yield_now().await;
        }
        let last = spawn(async {
            for _ in 0..100 {
                yield_now().await;
            }
            7
        });
        assert_eq!(last.await, 7);
    });
}

#[test]
fn remaining_tasks_are_cancelled_before_block_on_returns() {
    let drops = Drops::default();
    let [waiting, yielding, unpolled] = [(); 3].map(|()| drops.counter());
    run(async {
        spawn_owner(waiting).detach();
        spawn(async {
            let _yielding = yielding;
            loop {
                yield_now().await;
            }
        })
        .detach();
        turns().await;
        spawn(async { drop(unpolled) }).detach();
    });
    assert_eq!(drops.count(), 3);
}

#[test]
fn a_panic_in_the_main_future_cancels_the_tasks_and_ends_block_on() {
    let drops = Drops::default();
    let message = panic_message(|| {
        run(async {
            spawn_owner(drops.counter()).detach();
            yield_now().await;
            panic!("the main future fails");
        })
    });
    assert_eq!(message, "the main future fails");
    assert_eq!(drops.count(), 1);
    // The thread can call `block_on` again.
    assert_eq!(run(async { spawn(async { 1 }).await }), 1);
}

#[test]
fn block_on_inside_block_on_panics_and_leaves_the_outer_one_usable() {
    let attempt = || panic_message(|| block_on(async {}));
    let expected = "`block_on` inside `block_on`: await the future instead";
    run(async {
        assert_eq!(attempt(), expected);
        let task = spawn(async move {
            yield_now().await;
            attempt()
        });
        assert_eq!(task.await, expected);
        assert_eq!(spawn(async { 5 }).await, 5);
    });
}

#[test]
fn each_thread_has_its_own_runtime() {
    let threads = [1, 2, 3].map(|number| {
        thread::spawn(move || {
            run(async move {
                spawn(pending::<()>()).detach();
                let task = spawn(async move {
                    yield_now().await;
                    number * 10
                });
                task.await
            })
        })
    });
    assert_eq!(threads.map(|thread| thread.join().expect("no panic")), [10, 20, 30]);
}
