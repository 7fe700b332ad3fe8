//! The runtime under loom, which runs each model in every order of events with at most
//! three preemptions. A lost wake shows up as a deadlock.
//!
//! `RUSTFLAGS="--cfg model" CARGO_TARGET_DIR=target/model cargo test --release --test
//! loom` runs the models. The flag is not called `loom`, because some dependencies also
//! react to that name, and they would need other features then.
#![cfg(model)]

extern crate step06_server as step;

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
use step::runtime::{block_on, spawn};

/// Runs a model in every order with at most three preemptions. Programs this small show
/// no other results with more of them, and it takes minutes.
fn model(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

/// Waits until each of some threads has raised the count by one and then woken the
/// future.
///
/// The count is relaxed. Nothing but the wake can make it visible, so a model also fails
/// if the poll after a wake does not see what was written before that wake.
struct Raisers {
    threads: usize,
    count: Arc<AtomicUsize>,
    started: Vec<JoinHandle<()>>,
}

impl Raisers {
    fn new(threads: usize) -> Self {
        Raisers { threads, count: Arc::default(), started: Vec::new() }
    }

    /// Starts the threads in the first poll. Ready when all of them have raised the
    /// count.
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

/// Starts a thread that raises the count and then wakes.
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
fn a_poll_of_the_main_future_sees_what_came_before_two_concurrent_wakes() {
    model(|| {
        let mut raisers = Raisers::new(2);
        block_on(poll_fn(|cx| raisers.poll(cx)));
    });
}

#[test]
fn a_poll_of_a_task_sees_what_came_before_two_concurrent_wakes() {
    model(|| {
        block_on(async {
            let mut raisers = Raisers::new(2);
            spawn(poll_fn(move |cx| raisers.poll(cx))).await;
        });
    });
}

#[test]
fn a_late_wake_does_not_poll_a_finished_task() {
    model(|| {
        let count = Arc::default();
        let thread = block_on(async {
            let count = Arc::clone(&count);
            let mut polls = 0;
            let task = spawn(poll_fn(move |cx| {
                polls += 1;
                assert_eq!(polls, 1, "the task was polled after it had finished");
                Poll::Ready(raise(&count, cx.waker()))
            }));
            let thread = task.await;
            // The wake can come while the runtime works, parks, or has ended.
            spawn(async {}).await;
            thread
        });
        thread.join().unwrap();
    });
}

#[test]
fn a_wake_can_come_while_the_runtime_ends() {
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
            // One turn polls the task. The end of this future cancels it.
            spawn(async {}).await;
        });
        assert!(started.load(SeqCst) && dropped.load(SeqCst));
        thread.take().expect("the task has started the thread").join().unwrap();
    });
}

/// Sets a flag when it is dropped.
struct DropFlag(Arc<AtomicBool>);

impl Drop for DropFlag {
    fn drop(&mut self) {
        assert!(!self.0.swap(true, SeqCst), "dropped twice");
    }
}
