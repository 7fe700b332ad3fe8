//! The slab reuses slots. A key of the previous value finds nothing, because its
//! generation is out of date.

use std::{cell::Cell, future::poll_fn, rc::Rc, task::Poll, task::Waker, thread};

use step::runtime::{Task, spawn};

use crate::common::{
    tasks::{run, turns},
    trace::tasks_of,
};

/// Spawns a task that never ends. Counts its polls.
fn spawn_pending() -> (Rc<Cell<usize>>, Task<()>) {
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let task = spawn(poll_fn(move |_| {
        count.set(count.get() + 1);
        Poll::Pending
    }));
    (polls, task)
}

/// Returns the waker of a task that has ended, and so has left its slot.
async fn stale_waker() -> Waker {
    spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone()))).await
}

#[test]
fn a_new_task_takes_the_slot_of_one_that_has_ended() {
    let names = tasks_of("spawn", async {
        let _stays = spawn(poll_fn(|_| Poll::<()>::Pending));
        spawn(async {}).await;
        turns().await;
        spawn(async {}).await;
    });
    let expected = if cfg!(debug_assertions) { &["0.0", "1.0", "1.1"][..] } else { &[] };
    assert_eq!(names, expected);
}

#[test]
fn a_stale_wake_does_not_poll_the_task_that_reuses_the_slot() {
    run(async {
        let stale = stale_waker().await;
        let (polls, _task) = spawn_pending();
        turns().await;
        stale.wake();
        turns().await;
        assert_eq!(polls.get(), 1);
    });
}

#[test]
fn a_stale_wake_from_another_thread_does_not_poll_the_task_that_reuses_the_slot() {
    run(async {
        let stale = stale_waker().await;
        let (polls, _task) = spawn_pending();
        turns().await;
        thread::spawn(move || stale.wake()).join().expect("a wake does not panic");
        turns().await;
        assert_eq!(polls.get(), 1);
    });
}

#[test]
fn a_stale_handle_does_not_cancel_the_task_that_reuses_the_slot() {
    run(async {
        let mut ended = spawn(async {});
        (&mut ended).await;
        let (polls, task) = spawn_pending();
        turns().await;
        drop(ended);
        turns().await;
        assert_eq!((polls.get(), Rc::strong_count(&polls)), (1, 2));
        drop(task);
    });
}
