//! Awaiting a `Task` returns the output of its future.

use std::{
    cell::Cell,
    future::{Future, pending, ready},
    pin::Pin,
    rc::Rc,
    task::Context,
};

use step::runtime::{Either, select, spawn, yield_now};

use crate::common::{
    Wakes, poll_once,
    tasks::{run, turns},
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
#[should_panic(expected = "a task was polled after it gave its output")]
fn polling_a_task_after_it_gave_its_output_panics() {
    run(async {
        let mut task = spawn(async {});
        (&mut task).await;
        task.await;
    });
}

#[test]
fn the_debug_output_of_a_task_shows_its_name() {
    run(async { assert_eq!(format!("{:?}", spawn(async {})), "Task { .. }") });
}
