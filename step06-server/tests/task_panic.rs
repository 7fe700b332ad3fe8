//! A panic in a task ends only that task: awaiting the handle resumes the panic, and
//! everything else goes on. A panic in a destructor ends nothing at all.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, panic_any, resume_unwind},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use futures_lite::FutureExt;
use step::runtime::{Task, spawn, yield_now};

use crate::common::{
    Wakes,
    tasks::{Drops, OnDrop, panic_message, run, spawn_owner, turns},
};

/// Shows that the runtime still runs and cancels tasks.
async fn others_go_on() {
    let cancelled = Drops::default();
    drop(spawn_owner(cancelled.counter()));
    assert_eq!(cancelled.count(), 1);
    let task = spawn(async {
        yield_now().await;
        6
    });
    assert_eq!(task.await, 6);
}

/// Awaits a task that must panic, and returns the message of the panic.
async fn message_of<T>(task: Task<T>) -> String {
    let result = AssertUnwindSafe(task).catch_unwind().await.map(drop);
    panic_message(|| resume_unwind(result.expect_err("the task has panicked")))
}

/// Makes a value that counts its drop, and panics then.
fn bomb(drops: &Drops) -> OnDrop<impl FnMut() + use<>> {
    let mut counter = Some(drops.counter());
    OnDrop(move || {
        drop(counter.take());
        panic!("in a destructor");
    })
}

#[test]
fn awaiting_a_task_resumes_its_panic() {
    run(async {
        let task = spawn(async {
            yield_now().await;
            panic_any(17);
        });
        let result: Result<(), _> = AssertUnwindSafe(task).catch_unwind().await;
        let payload = result.expect_err("the task has panicked");
        assert_eq!(*payload.downcast::<i32>().expect("the payload of the task"), 17);
        others_go_on().await;
    });
}

#[test]
fn a_panic_is_kept_until_the_task_is_awaited() {
    run(async {
        let task = spawn(async { panic!("early") });
        others_go_on().await;
        assert_eq!(message_of::<()>(task).await, "early");
    });
}

#[test]
fn a_panic_passes_through_every_task_that_awaits_it() {
    run(async {
        let inner = spawn(async { panic!("innermost") });
        let outer = spawn(inner);
        assert_eq!(message_of::<()>(outer).await, "innermost");
        others_go_on().await;
    });
}

#[test]
fn a_panic_in_a_detached_task_ends_only_that_task() {
    run(async {
        let drops = Drops::default();
        let other = spawn_owner(drops.counter());
        spawn(async { panic!("alone") }).detach();
        others_go_on().await;
        assert_eq!(drops.count(), 0, "the other task was cancelled");
        drop(other);
    });
}

#[test]
fn a_panic_that_passes_through_the_main_future_ends_block_on() {
    let drops = Drops::default();
    let message = panic_message(|| {
        run(async {
            spawn_owner(drops.counter()).detach();
            spawn(async { panic!("awaited by the main future") }).await
        })
    });
    assert_eq!(message, "awaited by the main future");
    assert_eq!(drops.count(), 1);
    run(others_go_on());
}

#[test]
fn a_panic_in_a_poll_drops_the_future() {
    run(async {
        let drops = Drops::default();
        let counter = drops.counter();
        // In an `async` block, the panic would drop `counter` before the executor sees
        // it.
        let task = spawn(poll_fn(move |_| -> Poll<()> {
            let _owned_by_the_future = &counter;
            panic!("with something owned");
        }));
        others_go_on().await;
        assert_eq!(drops.count(), 1);
        task.detach();
    });
}

#[test]
fn a_panic_wakes_the_awaiter_once() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut task = spawn(async { panic!("awaited by another waker") });
        let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        turns().await;
        assert_eq!(wakes.count(), 1);
        assert_eq!(message_of::<()>(task).await, "awaited by another waker");
    });
}

#[test]
fn a_panic_after_a_task_has_cancelled_itself_ends_only_that_task() {
    run(async {
        let drops = Drops::default();
        let counter = drops.counter();
        let slot = Rc::new(Cell::new(None::<Task<()>>));
        let handle = slot.clone();
        let task = spawn(async move {
            let _dropped_by_the_panic = counter;
            drop(handle.take());
            panic!("cancelled already");
        });
        slot.set(Some(task));
        others_go_on().await;
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_panic_in_the_destructor_of_a_cancelled_task_is_contained() {
    let drops = Drops::default();
    run(async {
        let task = spawn_owner(bomb(&drops));
        turns().await;
        drop(task);
        others_go_on().await;
    });
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_panic_in_a_destructor_keeps_no_cancelled_task_alive() {
    run(async {
        let drops = Drops::default();
        let last = spawn_owner(drops.counter());
        let second = spawn_owner((bomb(&drops), last));
        let first = spawn_owner((bomb(&drops), second));
        turns().await;
        drop(first);
        assert_eq!(drops.count(), 3);
        others_go_on().await;
    });
}

/// A future whose destructor panics, and whose poll can panic before.
struct Fails {
    _bomb: OnDrop<Box<dyn FnMut()>>,
    ready: bool,
}

impl Fails {
    fn new(drops: &Drops, ready: bool) -> Self {
        let mut bomb = Some(bomb(drops));
        let explode: Box<dyn FnMut()> = Box::new(move || drop(bomb.take()));
        Fails { _bomb: OnDrop(explode), ready }
    }
}

impl Future for Fails {
    type Output = i32;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<i32> {
        if self.ready { Poll::Ready(5) } else { panic!("in a poll") }
    }
}

#[test]
fn a_panic_in_the_destructor_of_a_finished_task_leaves_its_output() {
    run(async {
        let drops = Drops::default();
        assert_eq!(spawn(Fails::new(&drops, true)).await, 5);
        assert_eq!(drops.count(), 1);
        others_go_on().await;
    });
}

#[test]
fn of_a_panic_in_the_poll_and_one_in_the_destructor_the_first_is_resumed() {
    run(async {
        let drops = Drops::default();
        let task = spawn(Fails::new(&drops, false));
        assert_eq!(message_of(task).await, "in a poll");
        assert_eq!(drops.count(), 1);
        others_go_on().await;
    });
}

#[test]
fn a_panic_in_the_destructor_of_a_task_that_cancelled_itself_is_contained() {
    run(async {
        let drops = Drops::default();
        let own = Rc::new(RefCell::new(None::<Task<()>>));
        let (handle, bomb) = (own.clone(), bomb(&drops));
        let task = spawn(async move {
            drop(handle.take());
            (bomb, pending::<()>().await).1
        });
        own.replace(Some(task));
        others_go_on().await;
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn the_payload_of_a_contained_panic_is_dropped() {
    let payload = Arc::new(());
    let thrown = payload.clone();
    run(async {
        drop(spawn_owner(OnDrop(move || resume_unwind(Box::new(thrown.clone())))));
        turns().await;
    });
    assert_eq!(Arc::strong_count(&payload), 1);
}
