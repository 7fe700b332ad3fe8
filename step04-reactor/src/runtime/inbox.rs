//! The inbox: receives the wakes from other threads, and unparks the runtime's thread for
//! them.
//!
//! The run queue belongs to the runtime's thread, and no other thread can touch it. So
//! other threads leave the ids of the tasks that they wake in the inbox, behind a lock.
//! The executor collects the ids once a turn.
//!
//! A wake can come just as the thread is about to park. `State::parked` changes under the
//! same lock as the list, so the wake and the parking cannot miss each other:
//!
//! | the wake comes | what happens |
//! | --- | --- |
//! | before `prepare_to_park` | the list is not empty, so the thread does not park |
//! | after it, before the wait | the unparker's event is pending, and ends the wait |
//! | during the wait | `parked` is set, so the wake unparks the thread |

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, PoisonError},
};

use tracing::trace;

use super::{
    reactor::Unparker,
    sync::{Mutex, MutexGuard},
    task_state::TaskId,
};

/// Receives the wakes from other threads.
pub(crate) struct Inbox {
    state: Mutex<State>,
}

struct State {
    /// The tasks that other threads have woken, in the order of their wakes.
    woken: Vec<TaskId>,
    /// Whether the thread is parked, or about to park, and no wake has unparked it yet.
    parked: bool,
    /// Ends the wait of the thread. It is dropped when the runtime ends, because a waker
    /// can outlive the runtime and must not keep the poller's descriptor open.
    unparker: Option<Arc<Unparker>>,
}

impl Inbox {
    /// Makes the inbox of a runtime, whose waits `unparker` ends.
    pub(crate) fn new(unparker: Unparker) -> Self {
        let unparker = Some(Arc::new(unparker));
        Inbox { state: Mutex::new(State { woken: Vec::new(), parked: false, unparker }) }
    }

    /// Leaves a wake, and unparks the thread if it is parked. Any thread may call this.
    pub(crate) fn send(&self, id: TaskId) {
        let mut state = self.lock();
        let Some(unparker) = state.unparker.clone() else {
            // The runtime has ended, so nothing is left to be woken.
            return;
        };
        state.woken.push(id);
        // Only the first wake has to unpark the thread.
        let parked = mem::take(&mut state.parked);
        drop(state);
        if parked {
            unparker.unpark();
            trace!("unpark");
        }
    }

    /// Announces that the runtime has ended. Wakes that come later are ignored.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.woken = Vec::new();
        let unparker = state.unparker.take();
        drop(state);
        drop(unparker);
    }

    /// Announces that the thread is about to park. Returns `false` if it must not,
    /// because a wake has arrived.
    pub(crate) fn prepare_to_park(&self) -> bool {
        let mut state = self.lock();
        state.parked = state.woken.is_empty();
        state.parked
    }

    /// Moves the wakes that have arrived to the end of the run queue.
    pub(crate) fn collect(&self, queue: &mut VecDeque<TaskId>) {
        let mut state = self.lock();
        state.parked = false;
        queue.extend(state.woken.drain(..));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds this lock, so the lock is never poisoned. Even if
        // it were, wakes would still have to arrive.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
