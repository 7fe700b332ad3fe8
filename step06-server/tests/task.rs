//! `Task`: awaiting it gives the output, dropping it cancels, `detach` lets it run on.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    pin::Pin,
    rc::Rc,
    task::Context,
};

use common::{Wakes, within_deadline};
use step06_server::executor::{block_on, spawn};
use step06_server::select::{Either, select};
use step06_server::task::Task;
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Lets every other task have some turns.
async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn awaiting_a_task_gives_its_output() {
    run(async {
        let task = spawn(async { String::from("output") });
        assert_eq!(task.await, "output");
    });
}

#[test]
fn an_output_waits_until_it_is_asked_for() {
    run(async {
        let task = spawn(async { 3 });
        turns().await;
        assert_eq!(task.await, 3);
    });
}

#[test]
fn a_task_can_be_awaited_by_reference_and_given_up_and_awaited_again() {
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
fn a_task_can_be_awaited_by_another_task() {
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
fn a_task_that_is_dropped_is_cancelled_at_once() {
    run(async {
        let alive = Rc::new(());
        let held = alive.clone();
        let task = spawn(async move { (held, pending::<()>().await).1 });
        turns().await;
        assert_eq!(Rc::strong_count(&alive), 2);
        drop(task);
        assert_eq!(Rc::strong_count(&alive), 1);
    });
}

#[test]
fn a_task_that_is_dropped_before_its_first_poll_never_runs() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let sees = ran.clone();
        drop(spawn(async move { sees.set(true) }));
        assert_eq!(Rc::strong_count(&ran), 1);
        turns().await;
        assert!(!ran.get());
    });
}

#[test]
fn a_detached_task_runs_on() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let sees = ran.clone();
        let task = spawn(async move {
            turns().await;
            sees.set(true);
        });
        task.detach();
        while !ran.get() {
            yield_now().await;
        }
    });
}

#[test]
fn a_task_that_has_ended_can_be_dropped_or_detached() {
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
fn the_handle_of_an_ended_task_does_not_cancel_the_one_that_took_its_place() {
    run(async {
        for n in 0..10 {
            let (ended, open) = (spawn(async {}), Rc::new(Cell::new(false)));
            turns().await;
            let opened = open.clone();
            let next = spawn(async move {
                while !opened.get() {
                    yield_now().await;
                }
                n
            });
            turns().await;
            drop(ended);
            open.set(true);
            assert_eq!(next.await, n);
        }
    });
}

/// Spawns a task that drops its own handle while it is polled, and goes on with `rest` in the same poll.
fn cancels_itself<F: Future<Output = ()> + 'static>(rest: F) {
    let own = Rc::new(RefCell::new(None::<Task<()>>));
    let handle = own.clone();
    let task = spawn(async move {
        drop(handle.take().expect("the task was spawned before it was polled"));
        rest.await;
    });
    own.replace(Some(task));
}

#[test]
fn a_task_that_cancels_itself_is_dropped_when_its_poll_returns() {
    run(async {
        let alive = Rc::new(Cell::new(0));
        for pending_after in [true, false] {
            let held = alive.clone();
            cancels_itself(async move {
                // The poll goes on, and what it holds lives on with it.
                held.set(held.get() + 1);
                if pending_after {
                    yield_now().await;
                    unreachable!("a cancelled task was polled");
                }
            });
        }
        turns().await;
        assert_eq!(alive.get(), 2);
        assert_eq!(Rc::strong_count(&alive), 1);
    });
}

#[test]
fn a_task_may_cancel_another_one_while_it_is_polled() {
    run(async {
        let alive = Rc::new(());
        let held = alive.clone();
        let victim = spawn(async move { (held, pending::<()>().await).1 });
        let left = alive.clone();
        let killer = spawn(async move {
            drop(victim);
            Rc::strong_count(&left)
        });
        assert_eq!(killer.await, 2);
    });
}

#[test]
fn of_two_wakers_that_await_a_task_the_last_one_is_woken() {
    run(async {
        let gate = Rc::new(Cell::new(false));
        let opened = gate.clone();
        let mut task = spawn(async move {
            while !opened.get() {
                yield_now().await;
            }
        });
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        assert!(
            Pin::new(&mut task).poll(&mut Context::from_waker(&first_waker)).is_pending()
        );
        assert!(
            Pin::new(&mut task).poll(&mut Context::from_waker(&last_waker)).is_pending()
        );
        gate.set(true);
        turns().await;
        assert_eq!((first.count(), last.count()), (0, 1));
        assert!(
            Pin::new(&mut task).poll(&mut Context::from_waker(&first_waker)).is_ready()
        );
    });
}

#[test]
#[expect(clippy::async_yields_async, reason = "the handle is to outlive its runtime")]
fn a_task_that_ended_gives_its_output_even_after_its_runtime() {
    let task = run(async {
        let task = spawn(async { 9 });
        turns().await;
        task
    });
    assert_eq!(run(task), 9);
}

#[test]
#[should_panic(expected = "a task was awaited that its runtime had cancelled")]
#[expect(clippy::async_yields_async, reason = "the handle is to outlive its runtime")]
fn awaiting_a_task_that_its_runtime_has_cancelled_panics() {
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
fn a_task_of_an_ended_runtime_can_be_dropped_or_detached() {
    let [dropped, detached] = run(async { [(); 2].map(|()| spawn(pending::<()>())) });
    drop(dropped);
    run(async { detached.detach() });
}
