//! `select`: waits for two futures at once and goes on with the one that is ready first.

use std::future::Future;

/// The output of the one of two futures that was ready first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first future's output.
    Left(A),
    /// The second future's output.
    Right(B),
}

/// Waits for two futures at once and gives the output of whichever is ready first. When both are, it is the left one.
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

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let _ = (&self.left, &self.right, cx);
        todo!("ask the left one, then the right one")
    }
}
