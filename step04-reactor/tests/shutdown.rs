//! The end of `block_on`: every task is cancelled, whatever destructors do meanwhile, and
//! futures that outlive the runtime are woken.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use futures_lite::future::{self, zip};
use step::runtime::{Task, block_on, spawn};

use crate::common::{
    Wakes, poll_once,
    tasks::{Drops, OnDrop, panic_message, run, spawn_owner, turns},
    within_deadline,
};

#[test]
fn a_task_that_a_destructor_spawns_at_the_end_is_cancelled_too() {
    let (drops, polled) = (Drops::default(), Rc::new(Cell::new(false)));
    let (counters, flag) = (drops.clone(), polled.clone());
    run(async {
        let spawns_once_more = move || {
            let (counter, flag) = (counters.counter(), flag.clone());
            let spawns_the_last = OnDrop(move || {
                let flag = flag.clone();
                spawn(async move { flag.set(true) }).detach();
            });
            spawn_owner((counter, spawns_the_last)).detach();
        };
        spawn_owner(OnDrop(spawns_once_more)).detach();
        turns().await;
    });
    assert_eq!(drops.count(), 1);
    assert_eq!(Rc::strong_count(&polled), 1, "the last task was dropped");
    assert!(!polled.get(), "a task was polled after the main future had finished");
}

#[test]
fn the_destructor_of_the_main_future_can_spawn() {
    let drops = Drops::default();
    let counters = drops.clone();
    let guard = OnDrop(move || spawn_owner(counters.counter()).detach());
    run(poll_fn(move |_| {
        let _dropped_with_the_future = &guard;
        Poll::Ready(())
    }));
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_destructor_at_the_end_can_cancel_a_task_whose_destructor_cancels_another() {
    let drops = Drops::default();
    run(async {
        let mut chain: Option<Task<()>> = None;
        for _ in 0..10 {
            let (counter, mut next) = (drops.counter(), chain.take());
            let cancels_next = OnDrop(move || drop(next.take()));
            chain = Some(spawn_owner((counter, cancels_next)));
        }
        chain.into_iter().for_each(Task::detach);
        turns().await;
        assert_eq!(drops.count(), 0);
    });
    assert_eq!(drops.count(), 10);
}

#[test]
fn tasks_that_own_each_other_are_dropped_at_the_end() {
    let drops = Drops::default();
    run(async {
        let handles: [Rc<RefCell<Option<Task<()>>>>; 2] = Default::default();
        for (own, other) in [(0, 1), (1, 0)] {
            let other = handles[other].clone();
            let task = spawn_owner((drops.counter(), OnDrop(move || drop(other.take()))));
            handles[own].replace(Some(task));
        }
        turns().await;
    });
    assert_eq!(drops.count(), 2);
}

#[test]
fn a_task_that_owns_its_own_handle_is_dropped_at_the_end() {
    let drops = Drops::default();
    run(async {
        let slot = Rc::new(RefCell::new(None::<Task<()>>));
        let task = spawn_owner((drops.counter(), slot.clone()));
        slot.replace(Some(task));
        turns().await;
    });
    assert_eq!(drops.count(), 1);
}

#[test]
fn the_output_of_the_main_future_is_dropped_by_the_caller() {
    let drops = Drops::default();
    let output = run(async { drops.counter() });
    assert_eq!(drops.count(), 0);
    drop(output);
    assert_eq!(drops.count(), 1);
}

/// Polls a task once, with this waker.
fn await_with(waker: &Waker, task: &mut Task<()>) {
    let polled = Pin::new(task).poll(&mut Context::from_waker(waker));
    assert!(polled.is_pending());
}

#[test]
fn the_end_wakes_every_awaiter_of_a_cancelled_task() {
    let awaiters = [(); 3].map(|()| Wakes::new());
    let tasks = run(async {
        let mut tasks = [(); 3].map(|()| spawn(pending::<()>()));
        turns().await;
        for (task, (_, waker)) in tasks.iter_mut().zip(&awaiters) {
            await_with(waker, task);
        }
        turns().await;
        assert_eq!(awaiters.each_ref().map(|(wakes, _)| wakes.count()), [0; 3]);
        tasks
    });
    assert_eq!(awaiters.each_ref().map(|(wakes, _)| wakes.count()), [1; 3]);
    for mut task in tasks {
        let message = panic_message(|| poll_once(&mut task));
        assert_eq!(message, "a task was awaited after its runtime had ended");
    }
}

#[test]
fn the_end_does_not_wake_the_awaiter_of_a_finished_task_again() {
    let (wakes, waker) = Wakes::new();
    let mut task = run(async {
        let mut task = spawn(async {});
        await_with(&waker, &mut task);
        turns().await;
        assert_eq!(wakes.count(), 1);
        [task]
    });
    assert_eq!(wakes.count(), 1);
    assert_eq!(poll_once(&mut task[0]), Poll::Ready(()));
}

#[test]
#[should_panic(expected = "a task was awaited after its runtime had ended")]
#[expect(clippy::async_yields_async, reason = "the handle outlives its runtime")]
fn awaiting_a_task_after_its_runtime_has_cancelled_it_panics() {
    let task = run(async { spawn(pending::<()>()) });
    run(task);
}

#[test]
#[expect(clippy::async_yields_async, reason = "the handle outlives its runtime")]
fn a_task_that_its_runtime_has_cancelled_panics_at_each_poll() {
    let mut task = run(async { spawn(pending::<()>()) });
    for _ in 0..2 {
        let message = panic_message(|| poll_once(&mut task));
        assert_eq!(message, "a task was awaited after its runtime had ended");
    }
}

thread_local! {
    /// What the next wake of an `OnWake` calls.
    static ON_WAKE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A waker that calls the function in `ON_WAKE`.
struct OnWake;

impl Wake for OnWake {
    fn wake(self: Arc<Self>) {
        if let Some(call) = ON_WAKE.take() {
            call();
        }
    }
}

#[test]
fn an_awaiter_is_woken_when_all_tasks_are_dropped_and_can_call_block_on() {
    let drops = Drops::default();
    let output = Rc::new(Cell::new(0));
    let (seen, slot) = (drops.clone(), output.clone());
    ON_WAKE.set(Some(Box::new(move || {
        assert_eq!(seen.count(), 3);
        slot.set(block_on(async { spawn(async { 7 }).await }));
    })));
    let _task = run(async {
        let mut tasks = [(); 3].map(|()| spawn_owner(drops.counter()));
        await_with(&Waker::from(Arc::new(OnWake)), &mut tasks[0]);
        let [first, others @ ..] = tasks;
        others.into_iter().for_each(Task::detach);
        [first]
    });
    assert_eq!(output.get(), 7);
}

#[test]
fn a_task_awaited_by_another_executor_panics_there_after_the_end() {
    // `zip` polls both futures with the waker of the outer executor. The second one ends
    // the runtime of the task, so the first one has to be polled again.
    let task = Rc::new(RefCell::new(None::<Task<()>>));
    let awaits = poll_fn(|cx| match &mut *task.borrow_mut() {
        Some(task) => Pin::new(task).poll(cx),
        None => Poll::Pending,
    });
    let ends = poll_fn(|cx| {
        block_on(async {
            let mut spawned = spawn(pending());
            await_with(cx.waker(), &mut spawned);
            task.replace(Some(spawned));
        });
        Poll::Ready(())
    });
    let message =
        panic_message(|| within_deadline(|| future::block_on(zip(awaits, ends))));
    assert_eq!(message, "a task was awaited after its runtime had ended");
}
