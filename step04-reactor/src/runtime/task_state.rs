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
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tracing::trace;

use super::{
    drop_queue::drop_in_turn, slab::Key, waker::TaskWaker, waker_slot::WakerSlot,
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
    /// Takes the output, or arranges for the waker of `cx` to be called when there is
    /// one.
    fn poll_join(&self, cx: &mut Context<'_>) -> Poll<T>;
}

/// A task: a future, and what became of it.
pub(crate) struct Shared<T> {
    /// Empty once the task has ended. Also empty during a poll, so that a future can
    /// cancel its own task.
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
    /// The future has finished, and this is its output.
    Ended(T),
    /// The handle has taken the output.
    Taken,
    /// The handle was dropped, or the runtime has ended, before the future finished.
    Cancelled,
}

impl<T: 'static> Shared<T> {
    /// Makes a task from a future.
    pub(crate) fn new(
        task_waker: Arc<TaskWaker>,
        future: impl Future<Output = T> + 'static,
    ) -> Rc<Self> {
        Rc::new(Shared {
            future: Cell::new(Some(Box::pin(future))),
            state: RefCell::new(State::Running),
            waker: Waker::from(task_waker.clone()),
            task_waker,
            awaiter: WakerSlot::default(),
        })
    }
}

impl<T: 'static> Run for Shared<T> {
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
        let Poll::Ready(output) = future.as_mut().poll(&mut cx) else {
            trace!(task = %id, "pending");
            self.future.set(Some(future));
            if matches!(*self.state.borrow(), State::Cancelled) {
                // The task dropped its own handle during this poll.
                self.drop_future();
                return Poll::Ready(());
            }
            return Poll::Pending;
        };
        trace!(task = %id, "ready");
        // Drop the future before storing the output. Its destructors may cancel this very
        // task, and then no handle is left to take the output.
        drop(future);
        let unwanted = match &mut *self.state.borrow_mut() {
            state @ State::Running => {
                *state = State::Ended(output);
                None
            }
            _ => Some(output),
        };
        drop(unwanted);
        self.awaiter.wake();
        Poll::Ready(())
    }

    fn cancel(self: Rc<Self>) -> Option<Waker> {
        let mut state = self.state.borrow_mut();
        match *state {
            State::Running => *state = State::Cancelled,
            State::Ended(_) => {
                // The output can own the handle of another task.
                drop(state);
                drop_in_turn(self);
                return None;
            }
            State::Taken | State::Cancelled => return None,
        }
        drop(state);
        trace!(task = %self.task_waker.id(), "cancel");
        // Queue the task once more, so that the executor notices its end and forgets it.
        self.waker.wake_by_ref();
        let awaiter = self.awaiter.take();
        drop_in_turn(self);
        awaiter
    }

    fn drop_future(&self) {
        drop(self.future.take());
    }
}

impl<T: 'static> Join<T> for Shared<T> {
    fn poll_join(&self, cx: &mut Context<'_>) -> Poll<T> {
        if matches!(*self.state.borrow(), State::Running) {
            self.awaiter.set(cx.waker());
        }
        let mut state = self.state.borrow_mut();
        match &*state {
            State::Running => Poll::Pending,
            State::Ended(_) => match mem::replace(&mut *state, State::Taken) {
                State::Ended(output) => Poll::Ready(output),
                _ => unreachable!("it was `Ended` a line above"),
            },
            State::Taken => panic!("a task was polled after it gave its output"),
            State::Cancelled => panic!("a task was awaited after its runtime had ended"),
        }
    }
}
