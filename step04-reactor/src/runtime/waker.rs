//! Wakers: how a task that waits gets back into the run queue, from any thread.
//!
//! A wake must never get lost, no matter when it comes:
//!
//! | a wake comes | what happens |
//! | --- | --- |
//! | while the task is queued | the flag is set already, and one poll serves both wakes |
//! | while the task is polled | the flag was cleared before, so the task is queued |
//! | while the thread is about to park | the thread does not sleep; see `inbox.rs` |
//! | after the task has ended | its id no longer names a task, so the wake is ignored |
//! | after the runtime has ended | the inbox is closed, so the wake is ignored |

use std::{
    sync::{Arc, atomic::Ordering},
    task::Wake,
};

use tracing::trace;

use super::{executor::Executor, inbox::Inbox, sync::AtomicBool, task_state::TaskId};

/// What the wakers of one task point to. It is made once for each task. Any thread may
/// clone, wake and drop the wakers.
pub(crate) struct TaskWaker {
    id: TaskId,
    /// Whether a poll is due. The first wake sets the flag and queues the task. Further
    /// wakes find the flag set and have nothing to do, until the next poll begins and
    /// clears the flag.
    woken: AtomicBool,
    /// How wakes from other threads reach the run queue.
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    /// Makes the waker of a new task. The flag is set, because the first poll is due.
    pub(crate) fn new(id: TaskId, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(TaskWaker { id, woken: AtomicBool::new(true), inbox })
    }

    /// Returns the id of the task that this wakes.
    pub(crate) fn id(&self) -> TaskId {
        self.id
    }

    /// Returns whether a poll is due.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Relaxed)
    }

    /// Marks the start of a poll. Returns whether a poll was due.
    pub(crate) fn take_wake(&self) -> bool {
        // Acquire pairs with the Release in `wake_by_ref`: the poll sees all that the
        // other thread wrote before its wake. A plain store reads nothing, so it would
        // not be ordered after a wake that found the flag set.
        self.woken.swap(false, Ordering::Acquire)
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woken.swap(true, Ordering::Release) {
            return;
        }
        trace!(task = %self.id, "wake");
        if !Executor::enqueue(self.id, &self.inbox) {
            self.inbox.send(self.id);
        }
    }
}
