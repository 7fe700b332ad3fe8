//! What a handle can do with its task besides awaiting it: check whether the task has
//! ended, and cancel the task and return its output.

use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
    thread,
};

use futures_lite::future::{block_on, poll_once};
use step::runtime::{Task, spawn, yield_now};

use crate::common::tasks::{Drops, OnDrop, panic_message, run, spawn_owner, turns};

/// Spawns a task that panics, and waits until it has.
async fn panicked() -> Task<()> {
    let task = spawn(async { panic!("in the task") });
    turns().await;
    task
}

#[test]
fn a_task_is_finished_when_it_has_returned_or_panicked() {
    run(async {
        let (mut quick, endless) = (spawn(async { 1 }), spawn(pending::<()>()));
        assert!(!quick.is_finished(), "before its first poll");
        turns().await;
        assert!(quick.is_finished(), "after its last poll");
        assert!(!endless.is_finished());
        assert_eq!((&mut quick).await, 1);
        assert!(quick.is_finished(), "after its output was taken");
        assert!(panicked().await.is_finished());
    });
}

#[test]
fn a_task_whose_runtime_has_ended_is_finished() {
    let task = run(async { [spawn(pending::<()>())] });
    assert!(task[0].is_finished());
}

#[test]
fn a_task_that_asks_for_itself_is_not_finished() {
    run(async {
        let slot = Rc::new(RefCell::new(None::<Task<bool>>));
        let own = slot.clone();
        let asks = async move { own.borrow().as_ref().is_some_and(Task::is_finished) };
        slot.replace(Some(spawn(asks)));
        turns().await;
        let task = slot.take().expect("the task leaves its handle there");
        assert!(!task.await);
    });
}

#[test]
fn cancel_returns_the_output_of_a_task_that_has_ended() {
    run(async {
        let task = spawn(async { "output".to_owned() });
        turns().await;
        assert_eq!(task.cancel().await.as_deref(), Some("output"));
    });
}

#[test]
fn cancel_drops_the_future_before_it_returns() {
    run(async {
        let drops = Drops::default();
        let task = spawn_owner(drops.counter());
        turns().await;
        let cancelled = poll_once(task.cancel()).await;
        assert_eq!((cancelled, drops.count()), (Some(None), 1));
    });
}

#[test]
fn a_future_of_cancel_that_is_dropped_cancels_the_task() {
    run(async {
        let drops = Drops::default();
        let task = spawn_owner(drops.counter());
        turns().await;
        drop(task.cancel());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn cancel_resumes_the_panic_of_a_task() {
    run(async {
        let task = panicked().await;
        assert_eq!(panic_message(|| block_on(task.cancel())), "in the task");
    });
}

#[test]
fn cancel_returns_nothing_twice() {
    run(async {
        let mut task = spawn(async { 1 });
        assert_eq!((&mut task).await, 1);
        assert_eq!(task.cancel().await, None);
    });
}

#[test]
fn cancel_returns_nothing_when_the_runtime_has_ended() {
    let [running] = run(async { [spawn(pending::<()>())] });
    assert_eq!(block_on(running.cancel()), None);
    let [ended] = run(async {
        let task = spawn(async { 1 });
        turns().await;
        [task]
    });
    assert_eq!(block_on(ended.cancel()), Some(1));
}

#[test]
fn a_task_that_cancels_itself_goes_on_until_its_poll_returns() {
    run(async {
        let drops = Drops::default();
        let (slot, counter) = (Rc::new(RefCell::new(None::<Task<()>>)), drops.counter());
        let (own, went_on) = (slot.clone(), Rc::new(Cell::new(false)));
        let flag = went_on.clone();
        slot.replace(Some(spawn(async move {
            let _counter = counter;
            let task = own.take().expect("the handle is stored before the first poll");
            assert_eq!(task.cancel().await, None);
            flag.set(true);
            yield_now().await;
            unreachable!("a cancelled task was polled");
        })));
        turns().await;
        assert_eq!((went_on.get(), drops.count()), (true, 1));
    });
}

#[test]
fn the_future_of_a_task_that_panics_is_dropped_after_the_unwinding() {
    run(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let log = seen.clone();
        let owned = OnDrop(move || log.borrow_mut().push(thread::panicking()));
        // What the future owns, and not what its poll does.
        let mut owned = Some(owned);
        let future = std::future::poll_fn(move |_| -> std::task::Poll<()> {
            let _keep = &mut owned;
            panic!("in the task");
        });
        let task = spawn(future);
        turns().await;
        assert!(task.is_finished());
        assert_eq!(*seen.borrow(), [false]);
    });
}
