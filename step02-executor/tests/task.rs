//! `Task`: awaiting it returns the output, dropping it cancels the task, and `detach`
//! lets the task run on.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    pin::Pin,
    rc::Rc,
    task::Context,
};

use step::runtime::{Either, Task, select, spawn, yield_now};

use crate::common::{
    Wakes, poll_once,
    tasks::{Drops, run, spawn_owner, turns},
};

#[test]
fn awaiting_a_task_returns_its_output() {
    run(async {
        let task = spawn(async { String::from("output") });
        assert_eq!(task.await, "output");
    });
}

#[test]
fn an_output_is_kept_until_it_is_awaited() {
    run(async {
        let task = spawn(async { 3 });
        turns().await;
        assert_eq!(task.await, 3);
    });
}

#[test]
fn a_task_can_be_awaited_again_after_a_select_was_lost() {
    run(async {
        let mut task = spawn(async {
            turns().await;
            8
        });
        assert_eq!(select(&mut task, ready(())).await, Either::Right(()));
        turns().await;
        assert_eq!(select(&mut task, pending::<()>()).await, Either::Left(8));
    });
}

#[test]
fn a_task_can_await_another_task() {
    run(async {
        let inner = spawn(async {
            turns().await;
            1
        });
        let outer = spawn(async { inner.await + 1 });
        assert_eq!(outer.await, 2);
    });
}

#[test]
fn dropping_the_handle_drops_the_future_at_once() {
    run(async {
        let drops = Drops::default();
        let task = spawn_owner(drops.counter());
        turns().await;
        assert_eq!(drops.count(), 0);
        drop(task);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_cancelled_before_its_first_poll_is_never_polled() {
    run(async {
        let polled = Rc::new(Cell::new(false));
        let flag = polled.clone();
        drop(spawn(async move { flag.set(true) }));
        assert_eq!(Rc::strong_count(&polled), 1);
        turns().await;
        assert!(!polled.get());
    });
}

#[test]
fn a_detached_task_runs_to_completion() {
    run(async {
        let finished = Rc::new(Cell::new(false));
        let flag = finished.clone();
        let task = spawn(async move {
            turns().await;
            flag.set(true);
        });
        task.detach();
        while !finished.get() {
            yield_now().await;
        }
    });
}

#[test]
fn the_handle_of_a_finished_task_can_be_dropped_or_detached() {
    run(async {
        let tasks = [(); 2].map(|()| spawn(async { 1 }));
        turns().await;
        let [dropped, detached] = tasks;
        drop(dropped);
        detached.detach();
        assert_eq!(spawn(async { 2 }).await, 2);
    });
}

#[test]
fn the_handle_of_a_finished_task_cancels_no_later_task() {
    run(async {
        for number in 0..10 {
            let (finished, open) = (spawn(async {}), Rc::new(Cell::new(false)));
            turns().await;
            let gate = open.clone();
            let later = spawn(async move {
                while !gate.get() {
                    yield_now().await;
                }
                number
            });
            turns().await;
            drop(finished);
            open.set(true);
            assert_eq!(later.await, number);
        }
    });
}

/// Spawns a task that drops its own handle in its first poll, and then goes on with
/// `rest`.
fn spawn_self_cancelling(rest: impl Future<Output = ()> + 'static) {
    let slot = Rc::new(RefCell::new(None::<Task<()>>));
    let handle = slot.clone();
    let task = spawn(async move {
        drop(handle.take().expect("the handle is stored before the first poll"));
        rest.await;
    });
    slot.replace(Some(task));
}

#[test]
fn a_task_that_cancels_itself_is_dropped_when_its_poll_returns() {
    for is_pending in [true, false] {
        run(async {
            let (drops, reached) = (Drops::default(), Rc::new(Cell::new(false)));
            let (counter, flag) = (drops.counter(), reached.clone());
            let seen = drops.clone();
            spawn_self_cancelling(async move {
                // The poll goes on, so the future and what it owns are still alive.
                assert_eq!(seen.count(), 0);
                flag.set(true);
                if is_pending {
                    yield_now().await;
                    unreachable!("a cancelled task was polled");
                }
                drop(counter);
            });
            turns().await;
            assert!(reached.get());
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn a_task_can_cancel_another_task_while_it_is_polled() {
    run(async {
        let drops = Drops::default();
        let other = spawn_owner(drops.counter());
        let seen = drops.clone();
        let cancels = spawn(async move {
            drop(other);
            seen.count()
        });
        assert_eq!(cancels.await, 1);
    });
}

#[test]
fn only_the_last_waker_that_awaited_a_task_is_woken() {
    run(async {
        let open = Rc::new(Cell::new(false));
        let gate = open.clone();
        let mut task = spawn(async move {
            while !gate.get() {
                yield_now().await;
            }
        });
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(waker));
            assert!(polled.is_pending());
        }
        open.set(true);
        turns().await;
        assert_eq!((first.count(), last.count()), (0, 1));
        assert!(poll_once(&mut task).is_ready());
    });
}

#[test]
#[expect(clippy::async_yields_async, reason = "the handle outlives its runtime")]
fn a_finished_task_returns_its_output_even_after_its_runtime_has_ended() {
    let task = run(async {
        let task = spawn(async { 9 });
        turns().await;
        task
    });
    assert_eq!(run(task), 9);
}

#[test]
#[should_panic(expected = "a task was awaited after its runtime had ended")]
#[expect(clippy::async_yields_async, reason = "the handle outlives its runtime")]
fn awaiting_a_task_after_its_runtime_has_cancelled_it_panics() {
    let task = run(async { spawn(pending::<()>()) });
    run(task);
}

#[test]
#[should_panic(expected = "a task was polled after it gave its output")]
fn polling_a_task_after_it_gave_its_output_panics() {
    run(async {
        let mut task = spawn(async {});
        (&mut task).await;
        task.await;
    });
}

#[test]
fn a_task_can_be_dropped_or_detached_after_its_runtime_has_ended() {
    let [dropped, detached] = run(async { [(); 2].map(|()| spawn(pending::<()>())) });
    drop(dropped);
    run(async { detached.detach() });
}
