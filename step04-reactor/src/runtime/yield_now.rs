//! `yield_now`: lets other tasks run before the current one continues.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Lets other tasks run before the current one continues.
///
/// A task occupies its thread until it returns `Pending`. A task that always finds
/// something to do should therefore yield now and then.
///
/// # Cancel safety
///
/// Dropping this future is safe. If it was polled before, its task has been woken already
/// and may be polled once more than necessary.
///
/// # Examples
///
/// ```
/// # use step04_reactor as step;
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

/// The future that [`yield_now`] returns.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct YieldNow {
    /// Whether this future has returned `Pending` already.
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        // No event will wake this task, so it wakes itself. The executor puts it at the
        // end of the run queue, behind the tasks that were woken before.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
