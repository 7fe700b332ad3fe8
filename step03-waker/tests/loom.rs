//! The runtime's own code under loom, which tries every interleaving of its threads. A wake that can get lost shows as
//! a deadlock.
//!
//! `RUSTFLAGS="--cfg model" CARGO_TARGET_DIR=target/model cargo test --release --test loom` runs the models. The flag is
//! not called `loom`, since crates below this one know that name too and then want features that nobody turned on.
#![cfg(model)]

use std::{
    cell::Cell,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use loom::{
    sync::{Mutex, atomic::AtomicUsize},
    thread,
};
use step03_waker::executor::{block_on, spawn};

/// A count that a future waits for and that other threads raise: the smallest thing that needs a waker right.
#[derive(Default)]
struct Counter {
    count: AtomicUsize,
    waker: Mutex<Option<Waker>>,
}

impl Counter {
    fn raise(&self) {
        // Relaxed on purpose: the count must become visible through the wake.
        self.count.fetch_add(1, Ordering::Relaxed);
        let waker = self.waker.lock().unwrap().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll_reached(&self, goal: usize, cx: &mut Context<'_>) -> Poll<()> {
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        if self.count.load(Ordering::Relaxed) >= goal { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Runs a model in every interleaving that switches threads against their will at most thrice: more finds nothing else
/// in programs this small, and takes minutes.
fn model(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

#[test]
fn a_wake_of_the_main_future_is_never_lost_to_parking() {
    model(|| {
        let counter = Arc::new(Counter::default());
        let raiser = {
            let counter = counter.clone();
            thread::spawn(move || counter.raise())
        };
        block_on(poll_fn(|cx| counter.poll_reached(1, cx)));
        raiser.join().unwrap();
    });
}

#[test]
fn a_wake_of_a_task_is_never_lost_to_parking() {
    model(|| {
        let counter = Arc::new(Counter::default());
        let raiser = {
            let counter = counter.clone();
            thread::spawn(move || counter.raise())
        };
        block_on(async {
            spawn(poll_fn(move |cx| counter.poll_reached(1, cx))).await;
        });
        raiser.join().unwrap();
    });
}

#[test]
fn two_wakes_at_once_leave_one_poll_that_sees_both() {
    model(|| {
        let counter = Arc::new(Counter::default());
        let raisers = [(); 2].map(|()| {
            let counter = counter.clone();
            thread::spawn(move || counter.raise())
        });
        block_on(async {
            spawn(poll_fn(move |cx| counter.poll_reached(2, cx))).await;
        });
        for raiser in raisers {
            raiser.join().unwrap();
        }
    });
}

#[test]
fn a_wake_of_a_task_that_ends_meanwhile_harms_nobody() {
    model(|| {
        let counter = Arc::new(Counter::default());
        let ended = Rc::new(Cell::new(false));
        let raiser = {
            let counter = counter.clone();
            thread::spawn(move || counter.raise())
        };
        block_on(async {
            let seen = ended.clone();
            let task = spawn(poll_fn(move |cx| {
                let _ = counter.poll_reached(1, cx);
                assert!(!seen.replace(true), "a task that has ended was polled");
                Poll::Ready(())
            }));
            task.await;
        });
        assert!(ended.get());
        raiser.join().unwrap();
    });
}

#[test]
fn a_wake_that_comes_while_the_runtime_ends_or_later_harms_nobody() {
    model(|| {
        let counter = Arc::new(Counter::default());
        let raiser = {
            let counter = counter.clone();
            thread::spawn(move || counter.raise())
        };
        block_on(async {
            spawn(poll_fn(move |cx| counter.poll_reached(1, cx))).detach();
            // One turn, in which the task leaves its waker.
            let mut turns = 0;
            pin!(poll_fn(|cx| {
                turns += 1;
                cx.waker().wake_by_ref();
                if turns > 2 { Poll::Ready(()) } else { Poll::Pending }
            }))
            .await;
        });
        raiser.join().unwrap();
    });
}
