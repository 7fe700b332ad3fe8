//! The state of a task: its future, and what became of it.
//!
//! A task has two owners. The executor sees it as [`Run`]: something to poll and to
//! cancel. The handle in `task.rs` sees it as [`Join`]: something with an output of type
//! `T`. Both point to one [`Shared`], which is in one of these states:
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
    fmt,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
};

use tracing::trace;

use super::{
    drop_queue::drop_in_turn,
    panics::{drop_contained, wake_all},
    slab::Key,
    waker::TaskWaker,
    waker_slot::WakerSlot,
};

/// Names one task, on any thread. It is the key of the task in the executor's slab, so a
/// wake that comes after its task has ended cannot reach another task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskId(pub(crate) Key);

impl TaskId {
    /// The id of the future that `block_on` was called with. No task has this id.
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

/// What the executor does with a task, whatever the type of its output.
pub(crate) trait Run {
    /// Polls the future. `Ready` means that the task never needs another poll.
    fn run(&self) -> Poll<()>;

    /// Cancels the task if it is still running, or drops its output if it has ended.
    /// Returns the waker of its awaiter.
    fn cancel(self: Rc<Self>) -> Option<Waker>;

    /// Drops the future of a cancelled task.
    fn drop_future(&self);
}

/// What the handle does with a task, whatever the type of its future.
pub(crate) trait Join<T>: Run {
    /// Returns `Ready` if the task has ended. Otherwise the waker of `cx` is called when
    /// the task ends.
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Returns whether the task can still be polled.
    fn is_running(&self) -> bool;

    /// Returns whether the task has ended and its output or panic has not been taken yet.
    fn has_output(&self) -> bool;

    /// Takes the output of a task that has ended, or resumes its panic.
    fn take_output(&self) -> T;
}

/// A task: a future, and what became of it.
pub(crate) struct Shared<F: Future> {
    /// Empty once the task has ended. Also empty during a poll, so that a future can
    /// cancel its own task.
    future: Cell<Option<Pin<Box<F>>>>,
    state: RefCell<State<F::Output>>,
    /// What the wakers of this task point to.
    task_waker: Arc<TaskWaker>,
    /// One of these wakers, made once and lent to every poll.
    waker: Waker,
}

enum State<T> {
    /// The future has not finished. The slot holds the waker of the task that awaits the
    /// handle. A task never has both an awaiter and an output, so the slot is in here.
    Running(WakerSlot),
    /// The future has finished, and this is its output or its panic.
    Ended(thread::Result<T>),
    /// The handle has taken the output.
    Taken,
    /// The handle was dropped, or the runtime has ended, before the future finished.
    Cancelled,
}

impl<F: Future> Shared<F> {
    /// Makes a task from a future.
    pub(crate) fn new(task_waker: Arc<TaskWaker>, future: F) -> Rc<Self> {
        Rc::new(Shared {
            future: Cell::new(Some(Box::pin(future))),
            state: RefCell::new(State::Running(WakerSlot::default())),
            waker: Waker::from(task_waker.clone()),
            task_waker,
        })
    }
}

impl<F: Future + 'static> Run for Shared<F> {
    fn run(&self) -> Poll<()> {
        // Clear the flag before polling: a wake during the poll must queue the task
        // again.
        self.task_waker.take_wake();
        let id = self.task_waker.id();
        let Some(mut future) = self.future.take() else {
            // The task has been cancelled since its last poll.
            return Poll::Ready(());
        };
        trace!(task = %id, "poll");
        let mut cx = Context::from_waker(&self.waker);
        // A panic ends this task and no other. Only tasks that share data with this one
        // can see what it left half done.
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
        // Drop the future before storing the output. Its destructors may cancel this very
        // task, and then no handle is left to take the output.
        drop_contained(future);
        let mut state = self.state.borrow_mut();
        if let State::Running(awaiter) = &*state {
            let awaiter = awaiter.take();
            *state = State::Ended(result);
            drop(state);
            wake_all(awaiter);
        } else {
            drop(state);
            drop_contained(result);
        }
        Poll::Ready(())
    }

    fn cancel(self: Rc<Self>) -> Option<Waker> {
        let mut state = self.state.borrow_mut();
        let awaiter = match &*state {
            State::Running(awaiter) => awaiter.take(),
            State::Ended(_) => {
                // The output can own the handle of another task.
                drop(state);
                drop_in_turn(self);
                return None;
            }
            State::Taken | State::Cancelled => return None,
        };
        *state = State::Cancelled;
        drop(state);
        trace!(task = %self.task_waker.id(), "cancel");
        // Queue the task once more, so that the executor notices its end and forgets it.
        self.waker.wake_by_ref();
        drop_in_turn(self);
        awaiter
    }

    fn drop_future(&self) {
        drop_contained(self.future.take());
    }
}

impl<F: Future + 'static> Join<F::Output> for Shared<F> {
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &*self.state.borrow() {
            State::Running(awaiter) if awaiter.will_wake(cx.waker()) => {
                return Poll::Pending;
            }
            State::Running(_) => {}
            _ => return Poll::Ready(()),
        }
        // Cloning or dropping a waker can run user code, so nothing is borrowed then.
        // That code may end the task, so check again afterwards.
        let waker = cx.waker().clone();
        let before = match &*self.state.borrow() {
            State::Running(awaiter) => awaiter.replace(waker),
            _ => Some(waker),
        };
        drop(before);
        match *self.state.borrow() {
            State::Running(_) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }

    fn is_running(&self) -> bool {
        matches!(*self.state.borrow(), State::Running(_))
    }

    fn has_output(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended(_))
    }

    fn take_output(&self) -> F::Output {
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
            State::Running(_) => unreachable!("the task has ended"),
        }
    }
}
