//! The operations on tasks and sockets.

use std::{
    future::poll_fn,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use smol::channel::bounded;

use super::runtimes::Runtime;

/// Spawns a task and awaits it.
pub async fn spawn_join<R: Runtime>(runtime: &R, times: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        runtime.spawn(async {}).await;
    }
    start.elapsed()
}

/// Spawns many tasks, and then awaits them all.
pub async fn spawn_many<R: Runtime>(runtime: &R, tasks: u64, times: u64) -> Duration {
    let mut handles = Vec::with_capacity(tasks as usize);
    let start = Instant::now();
    for _ in 0..times {
        handles.extend((0..tasks).map(|_| runtime.spawn(async {})));
        for handle in handles.drain(..) {
            handle.await;
        }
    }
    start.elapsed()
}

/// Lets each of so many tasks yield.
pub async fn yields<R: Runtime>(runtime: &R, tasks: u64, times: u64) -> Duration {
    let start = Instant::now();
    let task = |_| {
        runtime.spawn(async move {
            for _ in 0..times {
                R::yield_now().await;
            }
        })
    };
    let handles: Vec<_> = (0..tasks).map(task).collect();
    for handle in handles {
        handle.await;
    }
    start.elapsed()
}

/// Sends a message from one task to another, and one back.
pub async fn ping_pong<R: Runtime>(runtime: &R, times: u64) -> Duration {
    let (ping, pinged) = bounded::<()>(1);
    let (pong, ponged) = bounded::<()>(1);
    let start = Instant::now();
    let there = runtime.spawn(async move {
        while pinged.recv().await.is_ok() {
            pong.send(()).await.expect("the other task is there");
        }
    });
    let here = runtime.spawn(async move {
        for _ in 0..times {
            ping.send(()).await.expect("the other task is there");
            ponged.recv().await.expect("the other task is there");
        }
    });
    here.await;
    there.await;
    start.elapsed()
}

/// Waits for a thread that does nothing but wake.
///
/// Where instructions are counted and not time, the thread waits a little first, so that the runtime is always asleep by
/// then.
pub async fn wake_from_thread(times: u64, slowness: u32) -> Duration {
    let shared =
        Arc::new((Mutex::new(None::<Waker>), AtomicBool::new(false), AtomicBool::new(false)));
    let theirs = shared.clone();
    let thread = thread::spawn(move || {
        let (waker, woken, over) = &*theirs;
        while !over.load(Ordering::Acquire) {
            thread::park();
            if slowness > 1 {
                thread::sleep(Duration::from_micros(25) * slowness);
            }
            let waker = waker.lock().expect("nobody panics with it").take();
            if let Some(waker) = waker {
                woken.store(true, Ordering::Release);
                waker.wake();
            }
        }
    });
    let (waker, woken, over) = &*shared;
    let start = Instant::now();
    for _ in 0..times {
        let mut asked = false;
        poll_fn(|cx| {
            if woken.swap(false, Ordering::Acquire) {
                return Poll::Ready(());
            }
            if !mem::replace(&mut asked, true) {
                *waker.lock().expect("nobody panics with it") = Some(cx.waker().clone());
                thread.thread().unpark();
            }
            Poll::Pending
        })
        .await;
    }
    let took = start.elapsed();
    over.store(true, Ordering::Release);
    thread.thread().unpark();
    thread.join().expect("it does not panic");
    took
}

/// Tells something to many tasks that wait for it, and waits until all have heard.
pub async fn broadcast<R: Runtime>(runtime: &R, tasks: u64, times: u64) -> Duration {
    let (tell, told) = async_broadcast::broadcast::<()>(1);
    let (all_heard, heard) = bounded::<()>(1);
    let count = Arc::new(AtomicU64::new(0));
    let task = |_| {
        let (mut told, all_heard, count) = (told.clone(), all_heard.clone(), count.clone());
        runtime.spawn(async move {
            while told.recv().await.is_ok() {
                if (count.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(tasks) {
                    all_heard.try_send(()).expect("the last one was taken");
                }
            }
        })
    };
    let handles: Vec<_> = (0..tasks).map(task).collect();
    drop(told);
    // The first time is the one in which they begin to wait.
    tell.broadcast(()).await.expect("they listen");
    heard.recv().await.expect("they tell");
    let start = Instant::now();
    for _ in 0..times {
        tell.broadcast(()).await.expect("they listen");
        heard.recv().await.expect("they tell");
    }
    let took = start.elapsed();
    drop(tell);
    for handle in handles {
        handle.await;
    }
    took
}

/// Sends a message to a task of the same runtime over TCP, and waits until it has come back.
pub async fn echo<R: Runtime>(runtime: &R, times: u64) -> Duration {
    let mut stream = runtime.connect().await;
    let mut message = [7; 64];
    R::exchange(&mut stream, &mut message).await;
    let start = Instant::now();
    for _ in 0..times {
        R::exchange(&mut stream, &mut message).await;
    }
    start.elapsed()
}
