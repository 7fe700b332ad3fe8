//! `select`: waits for two futures at once and returns the first output.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// The output of the future that was ready first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The output of the left future.
    Left(A),
    /// The output of the right future.
    Right(B),
}

/// Waits for two futures at once and returns the output of the first one that is ready.
///
/// If both are ready, the left future wins and the right one is not polled.
///
/// Both futures must be [`Unpin`], because `select` polls them where they are. An `async`
/// block is not `Unpin`; [`pin!`](std::pin::pin) turns it into a pinned reference, which
/// is. A future passed by reference is kept when the other one wins, and it can be polled
/// again later. A future passed by value is dropped, and dropping a future cancels it.
///
/// # Cancel safety
///
/// Dropping a `Select` drops the futures that it owns. A `Select` never stores an output,
/// so no output is lost.
///
/// # Examples
///
/// ```
/// # use step04_reactor as step;
/// use std::{future::{pending, ready}, pin::pin};
/// use step::runtime::{Either, select};
///
/// # futures_lite::future::block_on(async {
/// assert_eq!(select(ready(1), pending::<()>()).await, Either::Left(1));
/// assert_eq!(select(pending::<()>(), pin!(async { 2 })).await, Either::Right(2));
/// # });
/// ```
pub fn select<A, B>(left: A, right: B) -> Select<A, B>
where
    A: Future + Unpin,
    B: Future + Unpin,
{
    Select { left, right }
}

/// The future that [`select`] returns.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Select<A, B> {
    left: A,
    right: B,
}

impl<A, B> Future for Select<A, B>
where
    A: Future + Unpin,
    B: Future + Unpin,
{
    type Output = Either<A::Output, B::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Both futures get the same waker. Whichever of them can make progress first
        // wakes the task that awaits this `Select`.
        if let Poll::Ready(output) = Pin::new(&mut self.left).poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        Pin::new(&mut self.right).poll(cx).map(Either::Right)
    }
}
