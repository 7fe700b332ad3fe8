//! What is dropped may spawn, wake and cancel; and every future and every output is dropped exactly once.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn, ready},
    panic::resume_unwind,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use common::within_deadline;
use step06_server::executor::{block_on, spawn};
use step06_server::task::Task;
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Calls a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// A task that waits for ever and has something to do when it is dropped.
fn guarded(on_drop: impl FnMut() + 'static) -> Task<()> {
    let guard = OnDrop(on_drop);
    spawn(async { (guard, pending::<()>().await).1 })
}

async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn a_drop_may_spawn_a_task_which_then_runs() {
    run(async {
        let ran = Rc::new(Cell::new(0));
        let counts = ran.clone();
        let spawner = move || {
            let ran = counts.clone();
            spawn(async move { ran.set(ran.get() + 1) }).detach();
        };
        // By its end, and by being cancelled before and after its first poll.
        spawn({
            let guard = OnDrop(spawner.clone());
            async move { drop(guard) }
        })
        .await;
        drop(guarded(spawner.clone()));
        let task = guarded(spawner);
        turns().await;
        drop(task);
        turns().await;
        assert_eq!(ran.get(), 3);
    });
}

#[test]
fn a_task_that_a_drop_spawns_at_shutdown_is_cancelled_too() {
    let alive = Rc::new(Cell::new(false));
    let held = alive.clone();
    run(async {
        guarded(move || {
            let held = held.clone();
            // And that one's drop spawns once more.
            guarded(move || {
                let held = held.clone();
                spawn(async move { held.set(true) }).detach();
            })
            .detach();
        })
        .detach();
        yield_now().await;
    });
    assert_eq!(Rc::strong_count(&alive), 1);
    assert!(!alive.get(), "a task ran after the end");
}

#[test]
fn the_drop_of_the_main_future_may_spawn() {
    let alive = Rc::new(());
    let held = alive.clone();
    let guard = OnDrop(move || {
        let held = held.clone();
        spawn(async { (held, pending::<()>().await).1 }).detach();
    });
    run(poll_fn(move |_| {
        let _dropped_with_the_future = &guard;
        Poll::Ready(())
    }));
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn a_drop_may_cancel_other_tasks_and_they_others() {
    for shutdown in [false, true] {
        let drops = Rc::new(Cell::new(0));
        run(async {
            let mut chain: Option<Task<()>> = None;
            for _ in 0..10 {
                let (drops, mut next) = (drops.clone(), chain.take());
                chain = Some(guarded(move || {
                    drops.set(drops.get() + 1);
                    next.take();
                }));
            }
            turns().await;
            match (shutdown, chain) {
                (false, chain) => drop(chain),
                (true, chain) => chain.into_iter().for_each(Task::detach),
            }
            assert_eq!(drops.get(), if shutdown { 0 } else { 10 });
        });
        assert_eq!(drops.get(), 10);
    }
}

#[test]
fn tasks_that_hold_each_other_are_dropped_at_shutdown() {
    let drops = Rc::new(Cell::new(0));
    run(async {
        let handles: [Rc<RefCell<Option<Task<()>>>>; 2] = Default::default();
        for (own, other) in [(0, 1), (1, 0)] {
            let (drops, other) = (drops.clone(), handles[other].clone());
            let task = guarded(move || {
                drops.set(drops.get() + 1);
                drop(other.take());
            });
            handles[own].replace(Some(task));
        }
        turns().await;
    });
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_drop_may_wake_others() {
    run(async {
        let (open, waker) =
            (Rc::new(Cell::new(false)), Rc::new(RefCell::new(None::<Waker>)));
        let (opens, wakes) = (open.clone(), waker.clone());
        let task = guarded(move || {
            opens.set(true);
            if let Some(waker) = wakes.take() {
                waker.wake();
            }
        });
        let waits = spawn(poll_fn(move |cx| {
            waker.replace(Some(cx.waker().clone()));
            if open.get() { Poll::Ready(()) } else { Poll::Pending }
        }));
        turns().await;
        drop(task);
        waits.await;
    });
}

#[test]
fn a_drop_may_wake_others_at_shutdown() {
    let wakers = Rc::new(RefCell::new(Vec::<Waker>::new()));
    let woken = Rc::new(Cell::new(0));
    run(async {
        for _ in 0..3 {
            let (leaves, wakes) = (wakers.clone(), wakers.clone());
            let woken = woken.clone();
            let guard = OnDrop(move || {
                wakes.borrow().iter().for_each(Waker::wake_by_ref);
                woken.set(woken.get() + 1);
            });
            spawn(poll_fn(move |cx| {
                let _ = &guard;
                leaves.borrow_mut().push(cx.waker().clone());
                Poll::<()>::Pending
            }))
            .detach();
        }
        poll_fn(|cx| {
            wakers.borrow_mut().push(cx.waker().clone());
            Poll::Ready(())
        })
        .await;
        turns().await;
    });
    assert_eq!(woken.get(), 3, "nobody's wake panicked");
    wakers.borrow().iter().for_each(Waker::wake_by_ref);
}

#[test]
#[expect(clippy::async_yields_async, reason = "the handle is to outlive its runtime")]
fn an_output_is_dropped_exactly_once_whatever_becomes_of_it() {
    let drops = Rc::new(Cell::new(0));
    let output = || {
        let drops = drops.clone();
        OnDrop(move || drops.set(drops.get() + 1))
    };
    let kept = run(async {
        drop(spawn(ready(output())).await);
        assert_eq!(drops.get(), 1, "awaited");

        let task = spawn(ready(output()));
        turns().await;
        assert_eq!(drops.get(), 1, "not asked for yet");
        drop(task);
        assert_eq!(drops.get(), 2, "not asked for");

        drop(spawn(ready(output())));
        assert_eq!(drops.get(), 3, "never made");

        spawn(ready(output())).detach();
        turns().await;
        assert_eq!(drops.get(), 4, "detached before the end");

        let task = spawn(ready(output()));
        turns().await;
        task.detach();
        assert_eq!(drops.get(), 5, "detached after the end");

        let task = spawn(ready(output()));
        turns().await;
        task
    });
    assert_eq!(drops.get(), 5, "kept beyond the runtime");
    drop(kept);
    assert_eq!(drops.get(), 6);
}

#[test]
fn what_the_panic_of_a_drop_carries_is_dropped_too() {
    let carried = Arc::new(());
    let throws = carried.clone();
    run(async {
        drop(guarded(move || resume_unwind(Box::new(throws.clone()))));
        turns().await;
    });
    assert_eq!(Arc::strong_count(&carried), 1);
}
