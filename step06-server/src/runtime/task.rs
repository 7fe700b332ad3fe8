//! The handle of a task: what `spawn` returns. Awaiting it gives the task's output, and
//! dropping it cancels the task. The task itself is in `task_state.rs`.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{budget::Waited, panics::drop_contained, task_state::Join};

/// A handle to a spawned task.
///
/// Awaiting the handle gives the task's output, or resumes the panic that ended the task.
/// Dropping it cancels the task: its future is
/// dropped at once, or, if the task is just being polled, when that poll returns.
/// [`detach`](Task::detach) lets the task run on without a handle.
///
/// # Panics
///
/// Awaiting a task panics if its runtime ended before the task did, and if the output was
/// taken already.
///
/// # Cancel safety
///
/// Awaiting `&mut task` is cancel-safe: the output stays in the task until it is taken.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
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
    waited: Waited,
}

impl<T> Task<T> {
    /// Makes the handle of a task.
    pub(crate) fn new(shared: Rc<dyn Join<T>>) -> Self {
        Task { shared: Some(shared), waited: Waited::default() }
    }

    /// Lets the task run until it ends or its runtime does. Its output is dropped. A
    /// panic in the task is reported on stderr, and ends only the task.
    pub fn detach(mut self) {
        // If the task has ended already, this drops its output, which can panic.
        drop_contained(self.shared.take());
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Task { shared, waited } = &mut *self;
        let shared = shared.as_ref().expect("only `detach` takes it");
        if shared.poll_end(cx).is_pending() {
            waited.set();
            return Poll::Pending;
        }
        ready!(waited.poll_complete(cx));
        Poll::Ready(shared.take_output())
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            // The only awaiter is this handle, so its waker is of no use any more.
            drop(shared.cancel());
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
