//! `select`: waits for two futures at once and goes on with the one that is ready first.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// The output of the one of two futures that was ready first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first future's output.
    Left(A),
    /// The second future's output.
    Right(B),
}

/// Waits for two futures at once and gives the output of whichever is ready first. When both are, it is the left one.
///
/// The futures are polled where they are, so each must be [`Unpin`]: an `async` block is not, and
/// [`pin!`](std::pin::pin) makes a reference to it that is. Passing a reference also keeps the future that lost, and
/// it can be polled on later; a future passed by value is dropped, which cancels it.
///
/// # Cancel safety
///
/// Dropping this future drops what was passed by value. It holds no output: nothing that was ready gets lost.
///
/// # Examples
///
/// ```
/// use std::{future::{pending, ready}, pin::pin};
/// # use step06_server as step;
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

/// The future of [`select`].
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
        // Both are polled with the same context: whichever can go on wakes the task that awaits the two.
        if let Poll::Ready(output) = Pin::new(&mut self.left).poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        Pin::new(&mut self.right).poll(cx).map(Either::Right)
    }
}
