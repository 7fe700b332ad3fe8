//! For tests of fairness: polls a future that never has to wait, beside others.

#![allow(dead_code, reason = "the tests of the first tasks do not use all of it")]

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Future, poll_fn},
    io::Write,
    pin::{Pin, pin},
    rc::Rc,
    task::Poll,
    time::Duration,
};

use futures_lite::AsyncReadExt;
use step::runtime::{
    Either, Task, select, spawn,
    time::{TimedOut, sleep, timeout},
    yield_now,
};

use super::sockets::pair;

/// A future that never has to wait and never ends.
pub type Greedy = Pin<Box<dyn Future<Output = Infallible>>>;

/// Boxes a greedy future.
pub fn boxed(greedy: impl Future<Output = Infallible> + 'static) -> Greedy {
    Box::pin(greedy)
}

const MS: Duration = Duration::from_millis(1);

/// Reads one byte, after an event of the poller.
async fn read_a_byte() {
    let (mut stream, mut peer) = pair().await;
    yield_now().await;
    peer.write_all(b"x").expect("the peer is connected");
    stream.read_exact(&mut [0]).await.expect("the byte was sent");
}

/// Checks that a greedy future never holds the thread, wherever it is polled. A future
/// that does hold it runs into the deadline of the test.
pub async fn lets_others_run(mut greedy: impl AsyncFnMut() -> Greedy) {
    // In a task beside the main future, which waits for a timer and for a socket.
    let task = spawn(greedy().await);
    sleep(MS).await;
    read_a_byte().await;
    spawn(yield_now()).await;
    drop(task);
    // In the main future, beside the timer of a timeout, which is in the same task.
    assert!(matches!(timeout(MS, greedy().await).await, Err(TimedOut)));
    // In the main future, beside a task.
    let other: Task<()> = spawn(async {
        sleep(MS).await;
        read_a_byte().await;
    });
    assert!(matches!(select(greedy().await, other).await, Either::Right(())));
    // On the left of a `select`, which polls the left future first.
    for _ in 0..3 {
        let other = pin!(read_a_byte());
        assert!(matches!(select(greedy().await, other).await, Either::Right(())));
    }
    // In a join with another one, of which both go on.
    let (mut left, mut right) = (greedy().await, greedy().await);
    let mut join = poll_fn(|cx| {
        let _ = (left.as_mut().poll(cx), right.as_mut().poll(cx));
        Poll::<()>::Pending
    });
    assert!(matches!(timeout(MS, &mut join).await, Err(TimedOut)));
}

/// Returns how often at most the future completes between two polls of another task.
/// `step` completes without waiting.
pub async fn longest_run(count: usize, mut step: impl AsyncFnMut()) -> usize {
    let polls = Rc::new(Cell::new(0));
    let counter = polls.clone();
    let _other = spawn(async move {
        loop {
            counter.set(counter.get() + 1);
            yield_now().await;
        }
    });
    yield_now().await;
    let (mut longest, mut run, mut seen) = (0, 0, polls.get());
    for _ in 0..count {
        step().await;
        (run, seen) = (if seen == polls.get() { run + 1 } else { 1 }, polls.get());
        longest = longest.max(run);
    }
    longest
}
