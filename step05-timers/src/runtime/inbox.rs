//! The inbox: where wakes from other threads arrive, and what unparks the thread for
//! them.
//!
//! The run queue belongs to the runtime's thread, and no other thread can touch it. So
//! another thread leaves the id of the woken task here, behind a lock. The executor
//! collects the ids once a turn.
//!
//! A wake can come just as the thread is about to park. `State::parked` changes under the
//! same lock as the list, so the wake and the parking cannot miss each other:
//!
//! | the wake comes | what happens |
//! | --- | --- |
//! | before `prepare_to_park` | the list is not empty, so the thread does not park |
//! | after `prepare_to_park` | `parked` is set, so the wake unparks the thread |
//! | between that and the wait | the unparker's event is there, and ends the wait |

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

/// Where wakes from other threads arrive.
pub(crate) struct Inbox {
    state: Mutex<State>,
}

struct State {
    /// The tasks that other threads have woken, in that order.
    woken: Vec<TaskId>,
    /// Whether the thread is parked, or about to park, and no wake has unparked it yet.
    parked: bool,
    /// What ends the wait of the thread. It goes when the runtime ends, because a waker
    /// can live on, and must not keep the poller's descriptor open.
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
        // The first wake unparks. The ones after it need not.
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
        // Nothing in here panics while it holds the lock, so the lock is never poisoned.
        // If it ever was, a wake would have to arrive all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
