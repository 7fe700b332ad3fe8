//! The timers of a runtime: which tasks to wake, and when.
//!
//! Most timers never fire: a timeout is dropped when the answer comes in time. So setting
//! and cancelling must be cheap. The deadlines are in a binary heap, with the next one on
//! top. Cancelling a timer removes its waker and leaves its deadline in the heap, because
//! finding the deadline would take a search. Deadlines without a waker are skipped when
//! they are due. If they fill more than half of the heap, all of them are removed.
//!
//! `time.rs` sets and cancels timers. The executor asks for the next deadline before it
//! waits. After the wait, it fires the timers that are due.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BinaryHeap,
    task::Waker,
    time::{Duration, Instant},
};

use tracing::trace;

use super::{
    slab::{Key, Slab},
    waker_slot::WakerSlot,
};

/// Below this many cancelled deadlines, sweeping costs more than it saves.
const SWEEP: usize = 64;

/// The timers of one runtime.
pub(crate) struct Timers {
    queue: RefCell<Queue>,
}

struct Queue {
    /// The deadlines, with the next one on top. Among equal deadlines, the one that was
    /// set first comes first. A deadline whose key finds no waker was cancelled.
    deadlines: BinaryHeap<Reverse<(Instant, u64, Key)>>,
    /// How many timers have been set so far.
    set: u64,
    wakers: Slab<WakerSlot>,
}

impl Timers {
    /// Makes an empty list of timers.
    pub(crate) fn new() -> Self {
        let queue = Queue { deadlines: BinaryHeap::new(), set: 0, wakers: Slab::new() };
        Timers { queue: RefCell::new(queue) }
    }

    /// Sets a timer that wakes `waker` at `deadline`. Returns its key.
    pub(crate) fn set(&self, deadline: Instant, waker: &Waker) -> Key {
        let slot = WakerSlot::default();
        slot.set(waker);
        let mut queue = self.queue.borrow_mut();
        let key = queue.wakers.insert(slot);
        let order = queue.set;
        queue.deadlines.push(Reverse((deadline, order, key)));
        queue.set += 1;
        drop(queue);
        // This is a closure, so that the clock is read only if there is a trace.
        let due_in = || deadline.saturating_duration_since(Instant::now());
        trace!(timer = %key, due_in = ?due_in(), "timer set");
        key
    }

    /// Changes which waker a timer wakes. Returns `false` if the timer has fired.
    pub(crate) fn renew(&self, key: Key, waker: &Waker) -> bool {
        match self.queue.borrow().wakers.get(key) {
            Some(slot) if slot.will_wake(waker) => return true,
            Some(_) => {}
            None => return false,
        }
        // A waker can run user code, so it is cloned and dropped while nothing is
        // borrowed.
        let waker = waker.clone();
        let queue = self.queue.borrow();
        let before = queue.wakers.get(key).and_then(|slot| slot.replace(waker));
        drop(queue);
        drop(before);
        true
    }

    /// Cancels a timer, unless it has fired.
    pub(crate) fn cancel(&self, key: Key) {
        let mut queue = self.queue.borrow_mut();
        let waker = queue.wakers.remove(key);
        let Queue { deadlines, wakers, .. } = &mut *queue;
        if deadlines.len() > 2 * wakers.len() + SWEEP {
            deadlines.retain(|Reverse((.., key))| wakers.get(*key).is_some());
        }
        drop(queue);
        drop(waker);
    }

    /// Returns the time until the next deadline, if there is one.
    pub(crate) fn until_next(&self) -> Option<Duration> {
        let Queue { deadlines, wakers, .. } = &mut *self.queue.borrow_mut();
        while let Some(&Reverse((deadline, _, key))) = deadlines.peek() {
            if wakers.get(key).is_some() {
                return Some(deadline.saturating_duration_since(Instant::now()));
            }
            deadlines.pop();
        }
        None
    }

    /// Wakes the tasks whose deadlines have passed, the earliest first.
    pub(crate) fn fire(&self) {
        let mut queue = self.queue.borrow_mut();
        if queue.deadlines.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut due = Vec::new();
        while let Some(&Reverse((deadline, _, key))) = queue.deadlines.peek()
            && deadline <= now
        {
            queue.deadlines.pop();
            due.extend(queue.wakers.remove(key).map(|slot| (key, slot)));
        }
        // End the borrow first: a waker can run user code, which may set timers.
        drop(queue);
        for (key, slot) in due {
            trace!(timer = %key, "timer fired");
            slot.wake();
        }
    }

    /// Takes the wakers of all tasks that wait for a timer.
    pub(crate) fn take_waiters(&self) -> Vec<Waker> {
        let slots = self.queue.borrow_mut().wakers.drain();
        slots.iter().filter_map(WakerSlot::take).collect()
    }
}
