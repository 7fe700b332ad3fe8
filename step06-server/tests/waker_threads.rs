//! Wakers are cloned, woken and dropped by other threads at any time, and no wake is lost.

mod common;

use std::{
    future::{Future, pending, poll_fn},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use common::within_deadline;
use step06_server::executor::{block_on, spawn};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// A channel between threads: the plainest that wakes.
struct Letters<T>(Arc<Mutex<(Vec<T>, Option<Waker>)>>);

impl<T> Clone for Letters<T> {
    fn clone(&self) -> Self {
        Letters(self.0.clone())
    }
}

impl<T> Letters<T> {
    fn new() -> Self {
        Letters(Arc::new(Mutex::new((Vec::new(), None))))
    }

    fn send(&self, letter: T) {
        let mut inner = self.0.lock().expect("no panic");
        inner.0.push(letter);
        let waker = inner.1.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn receive(&self) -> T {
        poll_fn(|cx| {
            let mut inner = self.0.lock().expect("no panic");
            inner.1 = Some(cx.waker().clone());
            inner.0.pop().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Gives a task's waker to the test.
async fn waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

#[test]
fn a_runtime_is_woken_by_another_thread_again_and_again() {
    // The thread answers as fast as it can: at times the runtime is parked already, at times not yet.
    for in_a_task in [false, true] {
        let (ask, questions) = mpsc::channel::<u32>();
        let answers = Letters::new();
        let sender = answers.clone();
        let thread =
            thread::spawn(move || questions.iter().for_each(|n| sender.send(n + 1)));
        let talk = async move {
            for n in 0..2000 {
                ask.send(n).expect("the thread listens");
                assert_eq!(answers.receive().await, n + 1);
            }
        };
        run(async {
            match in_a_task {
                true => spawn(talk).await,
                false => talk.await,
            }
        });
        thread.join().expect("no panic");
    }
}

#[test]
fn two_runtimes_wake_each_other() {
    let (here, there) = (Letters::new(), Letters::new());
    let (to, from) = (here.clone(), there.clone());
    let thread = thread::spawn(move || {
        run(async {
            let echo = spawn(async move {
                for _ in 0..1000 {
                    to.send(from.receive().await * 2);
                }
            });
            echo.await;
        });
    });
    run(async {
        for n in 0..1000 {
            there.send(n);
            assert_eq!(here.receive().await, n * 2);
        }
    });
    thread.join().expect("no panic");
}

#[test]
fn wakers_are_cloned_woken_and_dropped_by_many_threads_at_once() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 500;
    run(async {
        let count = Arc::new(AtomicUsize::new(0));
        let counts = count.clone();
        let (sender, receiver) = mpsc::channel::<Waker>();
        let task = spawn(poll_fn(move |cx| {
            let _ = sender.send(cx.waker().clone());
            if counts.load(Ordering::Relaxed) == THREADS * ROUNDS {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        yield_now().await;
        let waker = receiver.recv().expect("it was polled");
        let barrier = Arc::new(Barrier::new(THREADS));
        let threads = [(); THREADS].map(|()| {
            let (waker, count, barrier) = (waker.clone(), count.clone(), barrier.clone());
            thread::spawn(move || {
                barrier.wait();
                for round in 0..ROUNDS {
                    // Relaxed on purpose: the count must become visible through the wake.
                    count.fetch_add(1, Ordering::Relaxed);
                    let clone = waker.clone();
                    match round % 3 {
                        0 => clone.wake_by_ref(),
                        1 => clone.wake(),
                        _ => waker.wake_by_ref(),
                    }
                }
            })
        });
        drop(waker);
        task.await;
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn a_waker_may_be_woken_and_dropped_by_a_thread_while_its_runtime_ends() {
    for _ in 0..100 {
        let barrier = Arc::new(Barrier::new(2));
        let thread = run(async {
            let wakers = [spawn(waker()).await, waker().await];
            let (sender, receiver) = mpsc::channel();
            spawn(async move {
                let _ = sender.send(waker().await);
                pending::<()>().await;
            })
            .detach();
            yield_now().await;
            let living = receiver.recv().expect("it was polled");
            let ready = barrier.clone();
            let thread = thread::spawn(move || {
                ready.wait();
                for _ in 0..10 {
                    wakers.iter().chain([&living]).for_each(Waker::wake_by_ref);
                }
            });
            barrier.wait();
            thread
        });
        thread.join().expect("no panic");
    }
}

#[test]
fn tasks_that_never_stop_yielding_do_not_keep_out_other_threads() {
    run(async {
        for _ in 0..100 {
            spawn(async {
                loop {
                    yield_now().await;
                }
            })
            .detach();
        }
        let (ask, questions) = mpsc::channel::<u32>();
        let answers = Letters::new();
        let sender = answers.clone();
        let thread = thread::spawn(move || questions.iter().for_each(|n| sender.send(n)));
        let talk = spawn(async move {
            for n in 0..50 {
                ask.send(n).expect("the thread listens");
                assert_eq!(answers.receive().await, n);
            }
        });
        talk.await;
        thread.join().expect("no panic");
    });
}

#[test]
fn a_thread_that_never_stops_waking_does_not_keep_out_tasks() {
    run(async {
        let enough = Arc::new(AtomicBool::new(false));
        let victim = spawn(waker()).await;
        let (sender, receiver) = mpsc::channel();
        spawn(poll_fn(move |cx| {
            let _ = sender.send(cx.waker().clone());
            Poll::<()>::Pending
        }))
        .detach();
        yield_now().await;
        let wakers = [victim, waker().await, receiver.recv().expect("it was polled")];
        let ended = enough.clone();
        let thread = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                wakers.iter().for_each(Waker::wake_by_ref);
            }
        });
        let others = [(); 3].map(|()| {
            spawn(async {
                for _ in 0..1000 {
                    yield_now().await;
                }
            })
        });
        for task in others {
            task.await;
        }
        enough.store(true, Ordering::Relaxed);
        thread.join().expect("no panic");
    });
}
