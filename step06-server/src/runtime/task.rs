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
/// Dropping the handle cancels the task: its future is dropped at once, or, if the task
/// is being polled, when that poll returns.
/// [`cancel`](Task::cancel) does the same, and returns the output if there is one.
/// [`detach`](Task::detach) lets the task run on without a handle.
///
/// # Panics
///
/// Awaiting a task panics if its runtime ended before the task did, or if the output has
/// been taken already.
///
/// A panic in the future ends this task only, and is kept for the await. The future is
/// dropped after the unwinding, so its destructors do not see
/// [`panicking`](std::thread::panicking).
///
/// A panic in a destructor is contained: it is reported on stderr, and nothing else
/// happens. This applies when the future is dropped, because the task ended or was
/// cancelled. It also applies when an output that was never awaited is dropped, no
/// matter when the handle was dropped or detached.
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

    /// Returns whether the task has returned or panicked, or its runtime has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use step::runtime::{block_on, spawn, yield_now};
    ///
    /// block_on(async {
    ///     let task = spawn(async { 1 });
    ///     assert!(!task.is_finished());
    ///     yield_now().await;
    ///     assert!(task.is_finished());
    ///     assert_eq!(task.await, 1);
    /// });
    /// ```
    pub fn is_finished(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| !shared.is_running())
    }

    /// Cancels the task, as dropping the handle does. Returns the output if the task has
    /// ended already and its output has not been taken.
    ///
    /// This never waits. When it returns, the future of the task has been dropped, unless
    /// a task cancels itself. Then the future is dropped when its poll returns.
    ///
    /// # Panics
    ///
    /// Resumes the panic of a task that has panicked. A panic in a destructor of a
    /// cancelled task is contained.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the task, and drops its output.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use std::future::pending;
    /// use step::runtime::{block_on, spawn, yield_now};
    ///
    /// block_on(async {
    ///     let (quick, endless) = (spawn(async { 1 }), spawn(pending::<u8>()));
    ///     yield_now().await;
    ///     assert_eq!(quick.cancel().await, Some(1));
    ///     assert_eq!(endless.cancel().await, None);
    /// });
    /// ```
    pub async fn cancel(self) -> Option<T> {
        // Dropping the handle, at the end of this function, cancels the task.
        let shared = self.shared.as_ref().expect("only `detach` takes it");
        shared.has_output().then(|| shared.take_output())
    }

    /// Lets the task run until it ends or its runtime does. Its output is dropped. A
    /// panic in the task is reported on stderr, and ends only the task. The same holds
    /// for a panic when the output is dropped.
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
