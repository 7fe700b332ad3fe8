//! Wakers: how a task that waits is put back into the run queue, from any thread.
//!
//! A wake must never get lost, whenever it comes:
//!
//! | it comes | what makes up for it |
//! | --- | --- |
//! | before the task is polled | it is queued already: one poll serves both |
//! | while the task is polled | the flag was cleared before the poll, so it is queued again |
//! | while the thread makes up its mind to park | the inbox and `parked` change under one lock: either the thread sees the wake, or the wake sees that it must unpark |
//! | after the task has ended | its key finds nothing in the slab |
//! | after the runtime is gone | it stays in an inbox that nobody reads and that goes with the last waker |

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, OnceLock, PoisonError, atomic::Ordering},
    task::{Wake, Waker},
};

use tracing::trace;

use crate::{
    executor::Executor,
    slab::Key,
    sync::{AtomicBool, Mutex, MutexGuard},
};

/// What a task's wakers point to: made once for a task, cloned and dropped on any thread.
pub(crate) struct TaskWaker {
    key: Key,
    /// Whether a poll is due. Set by the first wake, which queues the task, and cleared when the poll begins; further
    /// wakes in between have nothing to do.
    woken: AtomicBool,
    /// The way to the run queue, from other threads.
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    /// Makes the waker of a new task, which is due its first poll.
    pub(crate) fn new(key: Key, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(TaskWaker { key, woken: AtomicBool::new(true), inbox })
    }

    /// Whether a poll is due.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Relaxed)
    }

    /// Says that the poll begins now. Whether it was due.
    pub(crate) fn take_wake(&self) -> bool {
        // Acquire pairs with the Release in `wake_by_ref`: what was written before a wake is seen in the poll, even if
        // that wake found the flag set. A plain store would not see to that.
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
        trace!(task = %self.key, "wake");
        if !Executor::enqueue(self.key, &self.inbox) {
            self.inbox.send(self.key);
        }
    }
}

/// Where wakes from other threads arrive.
pub(crate) struct Inbox {
    arrivals: Mutex<Arrivals>,
    /// What ends the thread's wait. Set before the thread parks for the first time.
    unparker: OnceLock<Waker>,
}

struct Arrivals {
    /// The tasks that other threads have woken.
    woken: Vec<Key>,
    /// Whether the thread is parked, or about to be, and nobody has unparked it yet.
    parked: bool,
}

impl Inbox {
    /// Makes the inbox of a runtime.
    pub(crate) fn new() -> Self {
        Inbox {
            arrivals: Mutex::new(Arrivals { woken: Vec::new(), parked: false }),
            unparker: OnceLock::new(),
        }
    }

    /// Leaves a wake, and unparks the thread if it is parked. Never inlined, so that wakes on the runtime's own thread,
    /// which are most, carry none of it along.
    #[inline(never)]
    fn send(&self, key: Key) {
        let mut arrivals = self.arrivals();
        arrivals.woken.push(key);
        let parked = mem::take(&mut arrivals.parked);
        drop(arrivals);
        if parked {
            self.unparker.get().expect("set before parking").wake_by_ref();
            trace!("unpark");
        }
    }

    /// Sets what will end the thread's waits.
    pub(crate) fn set_unparker(&self, unparker: Waker) {
        let _ = self.unparker.set(unparker);
    }

    /// Announces that the thread is about to park. `false` if it must not, since a wake has arrived already.
    pub(crate) fn prepare_to_park(&self) -> bool {
        let mut arrivals = self.arrivals();
        // From here on a wake unparks. If it does so before the thread waits, that wait ends at once.
        arrivals.parked = arrivals.woken.is_empty();
        arrivals.parked
    }

    /// Moves the wakes that have arrived into the run queue.
    pub(crate) fn collect(&self, queue: &mut VecDeque<Key>) {
        let mut arrivals = self.arrivals();
        arrivals.parked = false;
        if !arrivals.woken.is_empty() {
            queue.extend(arrivals.woken.drain(..));
        }
    }

    fn arrivals(&self) -> MutexGuard<'_, Arrivals> {
        // Nothing panics while it holds the lock, and a wake must arrive in any case.
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
