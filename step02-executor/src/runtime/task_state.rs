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
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tracing::trace;

use super::{drop_queue::drop_in_turn, waker_slot::WakerSlot};

/// What the executor does with a task, whatever the type of its output.
pub(crate) trait Run {
    /// Polls the future. `Ready` means that the task never needs another poll.
    fn run(&self, cx: &mut Context<'_>) -> Poll<()>;

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
    /// A serial number, for the trace.
    id: u64,
    /// Empty once the task has ended. Also empty during a poll, so that a future can
    /// cancel its own task.
    future: Cell<Option<Pin<Box<dyn Future<Output = T>>>>>,
    state: RefCell<State<T>>,
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
    pub(crate) fn new(id: u64, future: impl Future<Output = T> + 'static) -> Rc<Self> {
        Rc::new(Shared {
            id,
            future: Cell::new(Some(Box::pin(future))),
            state: RefCell::new(State::Running),
            awaiter: WakerSlot::default(),
        })
    }
}

impl<T: 'static> Run for Shared<T> {
    fn run(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut future) = self.future.take() else {
            // The task has been cancelled since its last poll.
            return Poll::Ready(());
        };
        trace!(task = self.id, "poll");
        let Poll::Ready(output) = future.as_mut().poll(cx) else {
            trace!(task = self.id, "pending");
            self.future.set(Some(future));
            if matches!(*self.state.borrow(), State::Cancelled) {
                // The task dropped its own handle during this poll.
                self.drop_future();
                return Poll::Ready(());
            }
            return Poll::Pending;
        };
        trace!(task = self.id, "ready");
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
        trace!(task = self.id, "cancel");
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
