//! A panic in a task, wherever it comes, is resumed in whoever awaits the task and noticed by nobody else.

mod common;

use std::{
    cell::Cell,
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use common::within_deadline;
use futures_lite::FutureExt;
use step06_server::executor::{block_on, spawn};
use step06_server::task::Task;
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Counts that it is dropped, and panics then.
struct Bomb(Rc<Cell<usize>>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("a drop that panics");
    }
}

/// A future by hand, since an `async` block that panics must not panic again when what it holds is dropped.
struct Fails {
    _bomb: Bomb,
    ready: bool,
}

impl Future for Fails {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.ready { Poll::Ready(()) } else { panic!("a poll that panics") }
    }
}

/// Shows that the runtime is as good as ever.
async fn others_go_on() {
    let task = spawn(async {
        yield_now().await;
        6
    });
    assert_eq!(task.await, 6);
}

#[test]
fn a_panic_in_a_poll_is_resumed_in_whoever_awaits_the_task() {
    run(async {
        let task = spawn(async {
            yield_now().await;
            panic_any(17);
        });
        let panic = AssertUnwindSafe(task).catch_unwind().await.expect_err("it panicked");
        assert_eq!(*panic.downcast::<i32>().expect("the very same"), 17);
        others_go_on().await;
    });
}

#[test]
fn a_panic_waits_until_the_task_is_awaited() {
    run(async {
        let task = spawn(async { panic!("early") });
        others_go_on().await;
        let panic = AssertUnwindSafe(task).catch_unwind().await.expect_err("it panicked");
        assert_eq!(*panic.downcast::<&str>().expect("the very same"), "early");
    });
}

#[test]
fn a_panic_passes_from_task_to_task_along_their_awaits() {
    run(async {
        let inner = spawn(async { panic!("innermost") });
        let outer = spawn(inner);
        let panic =
            AssertUnwindSafe(outer).catch_unwind().await.expect_err("it panicked");
        assert_eq!(*panic.downcast::<&str>().expect("the very same"), "innermost");
        others_go_on().await;
    });
}

#[test]
fn a_panic_in_a_detached_task_ends_only_that_task() {
    run(async {
        spawn(async { panic!("alone") }).detach();
        others_go_on().await;
    });
}

#[test]
fn a_panic_in_a_poll_drops_what_the_task_held() {
    run(async {
        let alive = Rc::new(());
        let held = alive.clone();
        // An `async` block would drop it by unwinding, whatever the executor does.
        let task = spawn(poll_fn(move |_| -> Poll<()> {
            let _held = &held;
            panic!("with something in its hands");
        }));
        others_go_on().await;
        assert_eq!(Rc::strong_count(&alive), 1);
        task.detach();
    });
}

#[test]
fn a_panic_in_the_drop_of_a_cancelled_task_goes_no_further() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        let bomb = Bomb(drops.clone());
        let task = spawn(async { (bomb, pending::<()>().await).1 });
        others_go_on().await;
        drop(task);
        others_go_on().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_panic_in_the_drop_of_a_task_that_is_ready_leaves_its_output() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        spawn(Fails { _bomb: Bomb(drops.clone()), ready: true }).await;
        others_go_on().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn of_a_panic_in_poll_and_one_in_drop_the_first_is_resumed() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        let task = spawn(Fails { _bomb: Bomb(drops.clone()), ready: false });
        let panic = AssertUnwindSafe(task).catch_unwind().await.expect_err("it panicked");
        assert_eq!(
            *panic.downcast::<&str>().expect("the very same"),
            "a poll that panics"
        );
        others_go_on().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_panic_in_a_drop_at_shutdown_keeps_nobody_from_being_dropped() {
    let drops = Rc::new(Cell::new(0));
    let output = run(async {
        for _ in 0..3 {
            let bomb = Bomb(drops.clone());
            spawn(async { (bomb, pending::<()>().await).1 }).detach();
        }
        yield_now().await;
        5
    });
    assert_eq!((output, drops.get()), (5, 3));
}

#[test]
fn a_panic_in_a_drop_at_shutdown_does_not_hide_the_panic_of_the_main_future() {
    let drops = Rc::new(Cell::new(0));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            let bomb = Bomb(drops.clone());
            spawn(async { (bomb, pending::<()>().await).1 }).detach();
            yield_now().await;
            panic!("the main future fails");
        })
    }));
    let panic =
        panic.expect_err("it panicked").downcast::<&str>().expect("the very same");
    assert_eq!((*panic, drops.get()), ("the main future fails", 1));
    run(others_go_on());
}

#[test]
fn a_panic_in_the_drop_of_a_detached_output_goes_no_further() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        let bomb = Bomb(drops.clone());
        spawn(async { bomb }).detach();
        others_go_on().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_panic_in_the_drop_of_a_task_that_cancelled_itself_goes_no_further() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        let own = Rc::new(Cell::new(None::<Task<()>>));
        let (handle, bomb) = (own.clone(), Bomb(drops.clone()));
        let task = spawn(async move {
            handle.take();
            (bomb, pending::<()>().await).1
        });
        own.set(Some(task));
        others_go_on().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn what_a_panic_carries_may_panic_when_it_is_dropped() {
    /// As [`Bomb`], but fit to be carried by a panic.
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("a payload that panics");
        }
    }

    /// Throws one when it is dropped.
    struct Thrower;

    impl Drop for Thrower {
        fn drop(&mut self) {
            panic_any(Grenade);
        }
    }

    run(async {
        spawn(async { panic_any(Grenade) }).detach();
        others_go_on().await;
        let thrower = Thrower;
        let task = spawn(async { (thrower, pending::<()>().await).1 });
        others_go_on().await;
        drop(task);
        others_go_on().await;
    });
}
