//! A task: a future that runs by itself, and the handle that awaits its output.
//!
//! A task has two owners. The executor sees it as [`Run`]: something to poll and to
//! cancel. The handle [`Task`] sees it as [`Join`]: something with an output of type `T`.
//! Both point to one [`Shared`].
//!
//! ```text
//!            poll: Pending
//!             ┌───────┐
//!             ▼       │  (2)                (4)
//! (1) spawn ▶ Running ┴──────▶ Ended ──────────────▶ Taken
//!             │     poll: Ready       handle awaited
//!             │
//!             └── (3) handle dropped, or runtime ended ──▶ Cancelled
//! ```

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    thread,
};

use tracing::trace;

use super::{
    budget::Waited,
    panics::{contain, drop_contained},
    slab::Key,
    waker::TaskWaker,
    waker_slot::WakerSlot,
};

/// Names one task, on any thread. It is the key of the task in the executor's slab, so a
/// wake that comes after its task has ended names no other task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskId(pub(crate) Key);

impl TaskId {
    /// The future that `block_on` was called with. No task has this id.
    pub(crate) const MAIN: TaskId = TaskId(Key::RESERVED);
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TaskId::MAIN => f.write_str("main"),
            TaskId(key) => write!(f, "{key}"),
        }
    }
}

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
    /// Lets the task run until it ends or its runtime does. Its output is dropped. A panic
    /// in the task is reported on stderr, and ends only the task.
    pub fn detach(mut self) {
        self.shared = None;
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

/// What the executor does with a task, whatever the type of its output.
pub(crate) trait Run {
    /// Polls the future. `Ready` means that the task never needs another poll.
    fn run(&self) -> Poll<()>;

    /// Cancels the task, if it is still running. Returns the waker of its awaiter.
    fn cancel(self: Rc<Self>) -> Option<Waker>;

    /// Drops the future of a cancelled task.
    fn drop_future(&self);
}

/// What a [`Task`] does with a task, whatever the type of its future.
trait Join<T>: Run {
    /// Returns `Ready` if the task has ended. Otherwise the waker of `cx` is called when it
    /// does.
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Takes the output of a task that has ended, or resumes its panic.
    fn take_output(&self) -> T;
}

/// A future, and what became of it.
struct Shared<T> {
    /// Empty while the future is being polled, so that the future can even cancel itself,
    /// and after the task has ended.
    future: Cell<Option<Pin<Box<dyn Future<Output = T>>>>>,
    state: RefCell<State<T>>,
    /// What the wakers of this task point to.
    task_waker: Arc<TaskWaker>,
    /// One of these wakers, made once and lent to every poll.
    waker: Waker,
    /// The waker of the task that awaits the handle.
    awaiter: WakerSlot,
}

enum State<T> {
    /// The future has not finished.
    Running,
    /// The future has finished, and this is its output or its panic.
    Ended(thread::Result<T>),
    /// The handle has taken the output.
    Taken,
    /// The handle was dropped, or the runtime has ended, before the future finished.
    Cancelled,
}

/// Makes a task of a future: the handle for the caller, and the part for the executor.
pub(crate) fn task<F>(
    task_waker: Arc<TaskWaker>,
    future: F,
) -> (Task<F::Output>, Rc<dyn Run>)
where
    F: Future + 'static,
    F::Output: 'static,
{
    let shared = Rc::new(Shared {
        future: Cell::new(Some(Box::pin(future))),
        state: RefCell::new(State::Running),
        waker: Waker::from(task_waker.clone()),
        task_waker,
        awaiter: WakerSlot::default(),
    });
    (Task { shared: Some(shared.clone()), waited: Waited::default() }, shared)
}

impl<T: 'static> Run for Shared<T> {
    fn run(&self) -> Poll<()> {
        // Clear the flag before polling: a wake during the poll must queue the task again.
        self.task_waker.take_wake();
        let id = self.task_waker.id();
        let Some(mut future) = self.future.take() else {
            // The task was cancelled since its last poll.
            return Poll::Ready(());
        };
        trace!(task = %id, "poll");
        let mut cx = Context::from_waker(&self.waker);
        // A panic ends this task and no other. What it left half done can be seen only by
        // those that the task shared it with.
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx)));
        let result = match polled {
            Ok(Poll::Pending) => {
                trace!(task = %id, "pending");
                self.future.set(Some(future));
                if matches!(*self.state.borrow(), State::Cancelled) {
                    // The task dropped its own handle during this poll.
                    self.drop_future();
                    return Poll::Ready(());
                }
                return Poll::Pending;
            }
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        trace!(task = %id, "ready");
        // Drop the future before anyone sees the output. Its destructors may cancel this
        // very task, and then nobody is left to take the output.
        drop_contained(future);
        let unwanted = match &mut *self.state.borrow_mut() {
            state @ State::Running => {
                *state = State::Ended(result);
                None
            }
            _ => Some(result),
        };
        drop_contained(unwanted);
        contain(|| self.awaiter.wake());
        Poll::Ready(())
    }

    fn cancel(self: Rc<Self>) -> Option<Waker> {
        let mut state = self.state.borrow_mut();
        if !matches!(*state, State::Running) {
            return None;
        }
        *state = State::Cancelled;
        drop(state);
        trace!(task = %self.task_waker.id(), "cancel");
        // Queue the task once more, so that the executor finds it ended and forgets it.
        self.waker.wake_by_ref();
        let awaiter = self.awaiter.take();
        drop_in_turn(self);
        awaiter
    }

    fn drop_future(&self) {
        drop_contained(self.future.take());
    }
}

impl<T: 'static> Join<T> for Shared<T> {
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(*self.state.borrow(), State::Running) {
            // This can run user code, which may end the task. So look again after it.
            self.awaiter.set(cx.waker());
        }
        match *self.state.borrow() {
            State::Running => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }

    fn take_output(&self) -> T {
        let before = {
            let mut state = self.state.borrow_mut();
            match *state {
                State::Cancelled => State::Cancelled,
                _ => mem::replace(&mut *state, State::Taken),
            }
        };
        match before {
            State::Ended(result) => result.unwrap_or_else(|panic| resume_unwind(panic)),
            State::Cancelled => panic!("a task was awaited after its runtime had ended"),
            State::Taken => panic!("a task was polled after it gave its output"),
            State::Running => unreachable!("the task has ended"),
        }
    }
}

thread_local! {
    /// The cancelled tasks whose futures are yet to be dropped, while one is being dropped.
    static CANCELLED: RefCell<Option<VecDeque<Rc<dyn Run>>>> = const { RefCell::new(None) };
}

/// Drops the future of a cancelled task, and then those of the tasks that this cancels.
///
/// A future can own the handle of another task, whose future owns a third one, and so on.
/// If each was dropped from within the one before, a long chain would overflow the stack.
/// So they are dropped in turn, from a loop.
fn drop_in_turn(task: Rc<dyn Run>) {
    let is_first = CANCELLED.with_borrow_mut(|cancelled| match cancelled {
        Some(queue) => {
            queue.push_back(task.clone());
            false
        }
        None => {
            *cancelled = Some(VecDeque::new());
            true
        }
    });
    if is_first {
        let _rest = DropRest;
        task.drop_future();
    }
}

/// Drops the futures that are left in the queue, also when the first one panics.
struct DropRest;

impl Drop for DropRest {
    fn drop(&mut self) {
        let next = || CANCELLED.with_borrow_mut(|queue| queue.as_mut()?.pop_front());
        while let Some(task) = next() {
            task.drop_future();
        }
        CANCELLED.set(None);
    }
}
