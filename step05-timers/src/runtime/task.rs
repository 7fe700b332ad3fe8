//! The handle of a task: what `spawn` returns. Awaiting it gives the task's output, and
//! dropping it cancels the task. The task itself is in `task_state.rs`.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::task_state::Join;

/// A handle to a spawned task.
///
/// Awaiting the handle gives the task's output. Dropping the handle cancels the task: its
/// future is dropped at once, or, if the task is being polled, when that poll returns.
/// [`detach`](Task::detach) lets the task run on without a handle.
///
/// # Panics
///
/// Awaiting a task panics if its runtime ended before the task did, or if the output has
/// been taken already.
///
/// # Cancel safety
///
/// Awaiting `&mut task` is cancel-safe: the output stays in the task until it is taken.
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
/// use step::runtime::{block_on, spawn};
///
/// block_on(async {
///     let sum = spawn(async { 1 + 1 });
///     assert_eq!(sum.await, 2);
/// });
/// ```
#[must_use = "dropping a task cancels it; `detach` lets it run on"]
pub struct Task<T> {
    /// `None` once the task is detached.
    shared: Option<Rc<dyn Join<T>>>,
}

impl<T> Task<T> {
    /// Makes the handle of a task.
    pub(crate) fn new(shared: Rc<dyn Join<T>>) -> Self {
        Task { shared: Some(shared) }
    }

    /// Lets the task run until it ends or its runtime does. Its output is dropped.
    pub fn detach(mut self) {
        self.shared = None;
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.shared.as_ref().expect("only `detach` takes it").poll_join(cx)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            // Only this handle awaits the task, so its waker is no longer needed.
            drop(shared.cancel());
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
