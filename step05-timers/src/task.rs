//! A task: a future that runs on its own, and the handle that awaits it.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::{Rc, Weak},
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
};

use crate::{executor::Executor, slab::Key, waker::TaskWaker};

/// A spawned task, to be awaited for its output.
///
/// Awaiting it gives the output, or resumes the panic that ended the task. Dropping it cancels the task: its future is
/// dropped at once, or, if it is just being polled, as soon as that poll returns. [`detach`](Task::detach) lets it run
/// on by itself.
///
/// # Panics
///
/// Awaiting a task whose runtime has ended before it panics, and so does polling it again after it gave its output.
///
/// # Cancel safety
///
/// Awaiting `&mut task` is cancel-safe: the output waits until it is asked for.
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
/// use step::executor::{block_on, spawn};
///
/// block_on(async {
///     let sum = spawn(async { 1 + 1 });
///     assert_eq!(sum.await, 2);
/// });
/// ```
#[must_use = "dropping a task cancels it; `detach` lets it run on"]
pub struct Task<T> {
    /// What the task leaves behind.
    shared: Rc<dyn Join<T>>,
    /// Who runs it, under which key; `None` once detached.
    owner: Option<(Weak<Executor>, Key)>,
}

impl<T> Task<T> {
    /// Makes the handle of a task that `executor` runs as `key`.
    pub(crate) fn new(shared: Rc<dyn Join<T>>, executor: &Rc<Executor>, key: Key) -> Self {
        Task { shared, owner: Some((Rc::downgrade(executor), key)) }
    }

    /// Lets the task run on by itself, until it ends or its runtime does. Its output is dropped; a panic in it is
    /// reported on stderr and ends only this task.
    pub fn detach(mut self) {
        self.owner = None;
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.shared.poll_join(cx)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some((executor, key)) = self.owner.take()
            && let Some(executor) = executor.upgrade()
        {
            executor.cancel(key);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.owner.as_ref().map(|(_, key)| key);
        f.debug_struct("Task").field("key", &key).finish()
    }
}

/// What the executor sees of a task, whatever its future is.
pub(crate) trait Run {
    /// Polls the future, unless it has ended. `Ready` says that it never needs to be polled again.
    fn run(&self) -> Poll<()>;

    /// Drops the future, now or at the end of the poll that is under way.
    fn cancel(&self);
}

/// What a [`Task`] sees of a task, whatever its future is.
pub(crate) trait Join<T> {
    /// Gives the output if there is one, and otherwise sees to it that `cx` is woken when there is.
    fn poll_join(&self, cx: &mut Context<'_>) -> Poll<T>;
}

/// A future and what came of it, shared by the executor and the [`Task`].
pub(crate) struct Shared<F: Future> {
    /// `None` while it is being polled, so that it can do anything meanwhile, even cancel itself; and when it ended.
    future: RefCell<Option<Pin<Box<F>>>>,
    outcome: RefCell<Outcome<F::Output>>,
    /// Made once, and the same for every poll.
    wakeable: Arc<TaskWaker>,
    /// The same in the form that futures want, kept so that no poll has to make it.
    waker: Waker,
}

enum Outcome<T> {
    /// The task has not ended. The waker is that of whoever awaits it.
    Pending(Option<Waker>),
    /// It ended, by itself or by a panic.
    Ended(thread::Result<T>),
    /// It ended, and its output was taken.
    Taken,
    /// It was cancelled.
    Cancelled,
}

impl<F: Future> Shared<F> {
    pub(crate) fn new(future: F, wakeable: Arc<TaskWaker>) -> Self {
        Shared {
            future: RefCell::new(Some(Box::pin(future))),
            outcome: RefCell::new(Outcome::Pending(None)),
            waker: Waker::from(wakeable.clone()),
            wakeable,
        }
    }

    /// Leaves the result to whoever awaits it.
    fn end(&self, result: thread::Result<F::Output>) {
        let before = self.outcome.replace(Outcome::Ended(result));
        match before {
            Outcome::Pending(Some(waker)) => waker.wake(),
            // Cancelled by its own last poll: nobody is there to take the result.
            Outcome::Cancelled => drop_catching(self.outcome.replace(Outcome::Cancelled)),
            _ => {}
        }
    }
}

impl<F: Future> Run for Shared<F> {
    fn run(&self) -> Poll<()> {
        // Before the poll and not after it: a wake that comes while the future is polled asks for another poll.
        self.wakeable.take_wake();
        let mut cx = Context::from_waker(&self.waker);
        let Some(mut future) = self.future.take() else {
            return Poll::Ready(());
        };
        // A panic ends this task and nobody else. What it left half done can only be seen by those it shared it with.
        let result = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx))) {
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
            Ok(Poll::Pending) => {
                if matches!(*self.outcome.borrow(), Outcome::Cancelled) {
                    drop_catching(future);
                    return Poll::Ready(());
                }
                self.future.replace(Some(future));
                return Poll::Pending;
            }
        };
        // First the future with all it holds, then the news of its end.
        drop_catching(future);
        self.end(result);
        Poll::Ready(())
    }

    fn cancel(&self) {
        let before = self.outcome.replace(Outcome::Cancelled);
        let future = self.future.take();
        drop_catching((before, future));
    }
}

impl<F: Future> Join<F::Output> for Shared<F> {
    fn poll_join(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        // A waker may be anybody's code, so it is cloned before the borrow begins and dropped after it ended.
        let waker = cx.waker().clone();
        let mut outcome = self.outcome.borrow_mut();
        let before = match &mut *outcome {
            Outcome::Pending(awaiting) => awaiting.replace(waker),
            Outcome::Ended(_) => {
                let ended = mem::replace(&mut *outcome, Outcome::Taken);
                drop(outcome);
                let Outcome::Ended(result) = ended else { unreachable!() };
                return Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)));
            }
            Outcome::Taken => panic!("a task was polled after it gave its output"),
            Outcome::Cancelled => panic!("a task was awaited that its runtime had cancelled"),
        };
        drop(outcome);
        drop(before);
        Poll::Pending
    }
}

/// Drops a value. A panic in doing so was reported by the panic hook and goes no further.
pub(crate) fn drop_catching<T>(value: T) {
    let mut dropped = catch_unwind(AssertUnwindSafe(|| drop(value)));
    // What a panic carries may panic when it is dropped, and so may what that one carries. Who goes on like this is
    // left alone at last.
    for _ in 0..3 {
        let Err(panic) = dropped else { return };
        dropped = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    }
    mem::forget(dropped);
}
