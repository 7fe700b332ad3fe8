//! The runtime's own code under loom, which tries every interleaving of its threads. A wake that can get lost shows as
//! a deadlock.
//!
//! `RUSTFLAGS="--cfg model" CARGO_TARGET_DIR=target/model cargo test --release --test loom` runs the models. The flag is
//! not called `loom`, since crates below this one know that name too and then want features that nobody turned on.
#![cfg(model)]

use std::{
    cell::Cell,
    future::poll_fn,
    rc::Rc,
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    task::{Context, Poll, Waker},
};

use loom::{
    sync::atomic::{AtomicBool, AtomicUsize},
    thread::{self, JoinHandle},
};
use step06_server::executor::{block_on, spawn};

/// Runs a model in every interleaving that switches threads against their will at most thrice: more finds nothing else
/// in programs this small, and takes minutes.
fn model(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

/// What a future waits for: that each of some threads has raised the count by one and then woken it.
///
/// The count is relaxed on purpose. Nothing but the wake may make it visible, so a poll that a wake led to and that
/// does not see what was written before that wake shows here too.
struct Raisers {
    threads: usize,
    count: Arc<AtomicUsize>,
    started: Vec<JoinHandle<()>>,
}

impl Raisers {
    fn new(threads: usize) -> Self {
        Raisers { threads, count: Arc::default(), started: Vec::new() }
    }

    /// Starts the threads with the waker of the first poll, and is ready when all of them have raised the count.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.started.len() < self.threads {
            self.started.push(raise(&self.count, cx.waker()));
        }
        if self.count.load(Relaxed) < self.threads {
            return Poll::Pending;
        }
        self.started.drain(..).for_each(|thread| thread.join().unwrap());
        Poll::Ready(())
    }
}

/// Starts a thread that raises a count and then wakes.
fn raise(count: &Arc<AtomicUsize>, waker: &Waker) -> JoinHandle<()> {
    let (count, waker) = (count.clone(), waker.clone());
    thread::spawn(move || {
        count.fetch_add(1, Relaxed);
        waker.wake();
    })
}

#[test]
fn a_wake_of_the_main_future_is_never_lost() {
    model(|| {
        let mut raisers = Raisers::new(1);
        block_on(poll_fn(|cx| raisers.poll(cx)));
    });
}

#[test]
fn a_wake_of_a_task_is_never_lost() {
    model(|| {
        block_on(async {
            let mut raisers = Raisers::new(1);
            spawn(poll_fn(move |cx| raisers.poll(cx))).await;
        });
    });
}

#[test]
fn two_wakes_of_the_main_future_at_once_lead_to_a_poll_that_sees_both() {
    model(|| {
        let mut raisers = Raisers::new(2);
        block_on(poll_fn(|cx| raisers.poll(cx)));
    });
}

#[test]
fn two_wakes_of_a_task_at_once_lead_to_a_poll_that_sees_both() {
    model(|| {
        block_on(async {
            let mut raisers = Raisers::new(2);
            spawn(poll_fn(move |cx| raisers.poll(cx))).await;
        });
    });
}

#[test]
fn a_task_that_has_ended_is_not_polled_again_however_late_its_wake() {
    model(|| {
        let count = Arc::default();
        let thread = block_on(async {
            let count = Arc::clone(&count);
            let mut polls = 0;
            let task = spawn(poll_fn(move |cx| {
                polls += 1;
                assert_eq!(polls, 1, "polled after its end");
                Poll::Ready(raise(&count, cx.waker()))
            }));
            let thread = task.await;
            // The wake may find the runtime at work, on its way to parking, or gone.
            spawn(async {}).await;
            thread
        });
        thread.join().unwrap();
    });
}

#[test]
fn a_wake_that_comes_while_the_runtime_ends_harms_nobody() {
    model(|| {
        let started = Arc::new(AtomicBool::new(false));
        let dropped = Arc::new(AtomicBool::new(false));
        let (begins, ends) = (started.clone(), DropFlag(dropped.clone()));
        let thread = Rc::new(Cell::new(None));
        let slot = thread.clone();
        block_on(async move {
            let pending = poll_fn(move |cx| {
                let _alive_until_dropped = &ends;
                if !begins.swap(true, SeqCst) {
                    slot.set(Some(raise(&Arc::default(), cx.waker())));
                }
                Poll::<()>::Pending
            });
            spawn(pending).detach();
            // One turn, in which the task begins; the end of this future cancels it.
            spawn(async {}).await;
        });
        assert!(started.load(SeqCst) && dropped.load(SeqCst));
        thread.take().expect("the task has started it").join().unwrap();
    });
}

/// Says that it was dropped.
struct DropFlag(Arc<AtomicBool>);

impl Drop for DropFlag {
    fn drop(&mut self) {
        assert!(!self.0.swap(true, SeqCst), "dropped twice");
    }
}
