//! Wakers on other threads: they are cloned, woken and dropped at any time, and no wake
//! is lost.

use std::{
    future::poll_fn,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use step::runtime::{spawn, yield_now};

use crate::common::{probe::waker, tasks::run};

/// A channel between threads. A send wakes the receiver.
struct Channel<T>(Arc<Mutex<(Vec<T>, Option<Waker>)>>);

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Channel(self.0.clone())
    }
}

impl<T> Channel<T> {
    fn new() -> Self {
        Channel(Arc::new(Mutex::new((Vec::new(), None))))
    }

    fn send(&self, value: T) {
        let mut inner = self.0.lock().expect("no panic");
        inner.0.push(value);
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

#[test]
fn no_wake_of_another_thread_is_lost() {
    // The thread answers at once. Sometimes the runtime is parked already, sometimes not.
    for in_a_task in [false, true] {
        let (ask, questions) = mpsc::channel::<u32>();
        let answers = Channel::new();
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
    let (here, there) = (Channel::new(), Channel::new());
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
fn many_threads_can_clone_wake_and_drop_one_waker() {
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
        let waker = receiver.recv().expect("the task was polled");
        let barrier = Arc::new(Barrier::new(THREADS));
        let threads = [(); THREADS].map(|()| {
            let (waker, count, barrier) = (waker.clone(), count.clone(), barrier.clone());
            thread::spawn(move || {
                barrier.wait();
                for round in 0..ROUNDS {
                    // Relaxed, because the wake must make the count visible.
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
fn wakes_of_other_threads_arrive_while_tasks_always_yield() {
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
        let answers = Channel::new();
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
fn a_thread_that_always_wakes_does_not_starve_the_tasks() {
    run(async {
        let enough = Arc::new(AtomicBool::new(false));
        let of_ended_task = spawn(waker()).await;
        let (sender, receiver) = mpsc::channel();
        spawn(poll_fn(move |cx| {
            let _ = sender.send(cx.waker().clone());
            Poll::<()>::Pending
        }))
        .detach();
        yield_now().await;
        let of_task = receiver.recv().expect("the task was polled");
        let wakers = [of_ended_task, waker().await, of_task];
        let stop = enough.clone();
        let thread = thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
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
