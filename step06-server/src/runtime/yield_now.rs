//! `yield_now`: lets the other tasks run before this one goes on.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Lets the other tasks run before this one goes on.
///
/// A task holds its thread until it answers `Pending`, so one that always finds something to do must step back now and
/// then.
///
/// # Cancel safety
///
/// Dropping this future has no effect but that the wake it asked for may poll the task once more than needed.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use step::runtime::yield_now;
///
/// # futures_lite::future::block_on(async {
/// for _ in 0..3 {
///     // … a piece of work …
///     yield_now().await;
/// }
/// # });
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        // Nobody else will wake this task: it asks for its next turn itself, and goes to the end of the queue.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
