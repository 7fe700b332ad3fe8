//! `block_on` runs a future and the tasks that it spawns, and leaves nothing behind when it returns.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    thread,
};

use common::within_deadline;
use step06_server::executor::{block_on, spawn};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Says when it is dropped.
struct Flag(Rc<Cell<bool>>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// What a panic said.
fn message(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<&str>() {
        Ok(text) => (*text).to_owned(),
        Err(panic) => *panic.downcast::<String>().expect("a panic that says something"),
    }
}

#[test]
fn block_on_gives_the_output_of_its_future() {
    assert_eq!(run(async { 42 }), 42);
}

#[test]
fn the_main_future_may_borrow_from_outside() {
    let mut count = 0;
    run(async {
        for _ in 0..5 {
            yield_now().await;
            count += 1;
        }
    });
    assert_eq!(count, 5);
}

#[test]
fn futures_and_outputs_need_not_be_send() {
    let shared = Rc::new(Cell::new(1));
    let other = shared.clone();
    let back = run(async {
        let task = spawn(async move {
            yield_now().await;
            other.set(other.get() + 1);
            other
        });
        task.await
    });
    assert!(Rc::ptr_eq(&shared, &back));
    assert_eq!(shared.get(), 2);
}

#[test]
fn a_task_runs_while_the_main_future_waits_for_something_else() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let sees = ran.clone();
        spawn(async move { sees.set(true) }).detach();
        while !ran.get() {
            yield_now().await;
        }
    });
}

#[test]
fn spawning_does_not_run_the_task_yet() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let sees = ran.clone();
        let task = spawn(async move { sees.set(true) });
        assert!(!ran.get());
        task.await;
        assert!(ran.get());
    });
}

#[test]
fn tasks_take_turns_first_in_first_out() {
    let log = Rc::new(RefCell::new(Vec::new()));
    run(async {
        let tasks = ['a', 'b', 'c'].map(|who| {
            let log = log.clone();
            spawn(async move {
                for turn in 0..3 {
                    log.borrow_mut().push((who, turn));
                    yield_now().await;
                }
            })
        });
        for task in tasks {
            task.await;
        }
    });
    let turns = (0..3).flat_map(|turn| ['a', 'b', 'c'].map(|who| (who, turn)));
    assert_eq!(*log.borrow(), turns.collect::<Vec<_>>());
}

#[test]
fn a_task_may_spawn_tasks_that_spawn_tasks() {
    fn count_down(left: u32) -> step06_server::task::Task<u32> {
        spawn(async move { if left == 0 { 0 } else { 1 + count_down(left - 1).await } })
    }
    assert_eq!(run(async { count_down(100).await }), 100);
}

#[test]
fn ten_thousand_tasks_run_to_their_ends() {
    let sum = run(async {
        let tasks: Vec<_> = (0..10_000u64)
            .map(|n| {
                spawn(async move {
                    yield_now().await;
                    n
                })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        sum
    });
    assert_eq!(sum, 49_995_000);
}

#[test]
fn tasks_that_never_stop_yielding_do_not_keep_out_others() {
    run(async {
        for _ in 0..200 {
            spawn(async {
                loop {
                    yield_now().await;
                }
            })
            .detach();
        }
        // The main future gets its turns, and so does a task that comes last.
        for _ in 0..100 {
            yield_now().await;
        }
        let late = spawn(async {
            for _ in 0..100 {
                yield_now().await;
            }
            7
        });
        assert_eq!(late.await, 7);
    });
}

#[test]
fn tasks_that_are_still_alive_are_cancelled_before_block_on_returns() {
    let dropped = [(); 3].map(|()| Rc::new(Cell::new(false)));
    let [idle, busy, fresh] = dropped.clone().map(Flag);
    run(async {
        spawn(async { (idle, pending::<()>().await).1 }).detach();
        spawn(async {
            let _busy = busy;
            loop {
                yield_now().await;
            }
        })
        .detach();
        for _ in 0..3 {
            yield_now().await;
        }
        spawn(async { drop(fresh) }).detach();
    });
    assert_eq!(dropped.map(|dropped| dropped.get()), [true; 3]);
}

#[test]
fn a_panic_of_the_main_future_passes_through_after_the_tasks_were_cancelled() {
    let dropped = Rc::new(Cell::new(false));
    let flag = Flag(dropped.clone());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            spawn(async { (flag, pending::<()>().await).1 }).detach();
            yield_now().await;
            panic!("the main future fails");
        })
    }));
    assert_eq!(message(panic.expect_err("it panicked")), "the main future fails");
    assert!(dropped.get());
    // The thread can have its next runtime.
    assert_eq!(run(async { spawn(async { 1 }).await }), 1);
}

#[test]
fn block_on_inside_block_on_panics_and_leaves_the_outer_one_usable() {
    let attempt =
        || message(catch_unwind(|| block_on(async {})).expect_err("it panicked"));
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
#[should_panic(expected = "`spawn` needs a runtime: call it inside `block_on`")]
fn spawn_outside_block_on_panics() {
    spawn(async {}).detach();
}

#[test]
#[should_panic(expected = "`spawn` needs a runtime: call it inside `block_on`")]
fn spawn_after_block_on_panics() {
    run(async {});
    spawn(async {}).detach();
}

#[test]
fn each_thread_has_a_runtime_of_its_own() {
    let threads = [1, 2, 3].map(|n| {
        thread::spawn(move || {
            run(async move {
                let task = spawn(async move {
                    yield_now().await;
                    n * 10
                });
                task.await
            })
        })
    });
    assert_eq!(threads.map(|thread| thread.join().expect("no panic")), [10, 20, 30]);
}
