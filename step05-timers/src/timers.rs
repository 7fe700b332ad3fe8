//! The timers of a runtime: whom to wake, and when.
//!
//! Most timers are dropped before they fire, so what must be cheap is to set one and to cancel it. The deadlines are in
//! a binary heap, where a new one that is later than most goes in with hardly a comparison. Cancelling removes the
//! waker and leaves the deadline behind; it is passed over when its turn comes, or swept out with others when more than
//! half of the heap is such leftovers.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BinaryHeap,
    mem,
    task::Waker,
    time::{Duration, Instant},
};

use tracing::trace;

use crate::slab::{Key, Slab};

/// So many leftovers are not worth sweeping.
const LEFTOVERS: usize = 64;

/// The timers of one runtime.
pub(crate) struct Timers {
    queue: RefCell<Queue>,
}

struct Queue {
    /// The deadlines, the next one on top; of equal ones, that which was set first. Those whose key finds no waker are
    /// leftovers of cancelled timers.
    deadlines: BinaryHeap<Reverse<(Instant, u64, Key)>>,
    /// How many timers were set so far.
    set: u64,
    wakers: Slab<Waker>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        let queue = Queue { deadlines: BinaryHeap::new(), set: 0, wakers: Slab::new() };
        Timers { queue: RefCell::new(queue) }
    }

    /// Sets a timer.
    pub(crate) fn set(&self, deadline: Instant, waker: Waker) -> Key {
        let mut queue = self.queue.borrow_mut();
        let key = queue.wakers.insert_with(|_| waker);
        let order = queue.set;
        queue.deadlines.push(Reverse((deadline, order, key)));
        queue.set += 1;
        drop(queue);
        trace!(timer = %key, due_in = ?deadline.saturating_duration_since(Instant::now()), "timer set");
        key
    }

    /// Changes whom a timer wakes. `false` if it has fired.
    pub(crate) fn renew(&self, key: Key, waker: &Waker) -> bool {
        match self.queue.borrow().wakers.get(key) {
            Some(before) if before.will_wake(waker) => return true,
            Some(_) => {}
            None => return false,
        }
        // A waker may be anybody's code, so it is cloned before the borrow begins and dropped after it ended.
        let mut waker = waker.clone();
        if let Some(before) = self.queue.borrow_mut().wakers.get_mut(key) {
            mem::swap(before, &mut waker);
        }
        true
    }

    /// Cancels a timer, unless it has fired.
    pub(crate) fn cancel(&self, key: Key) {
        let mut queue = self.queue.borrow_mut();
        let waker = queue.wakers.remove(key);
        let Queue { deadlines, wakers, .. } = &mut *queue;
        if deadlines.len() > 2 * wakers.len() + LEFTOVERS {
            deadlines.retain(|Reverse((.., key))| wakers.get(*key).is_some());
        }
        drop(queue);
        drop(waker);
    }

    /// How long it is until the next deadline.
    pub(crate) fn limit(&self) -> Option<Duration> {
        let Queue { deadlines, wakers, .. } = &mut *self.queue.borrow_mut();
        while let Some(&Reverse((deadline, _, key))) = deadlines.peek() {
            if wakers.get(key).is_some() {
                return Some(deadline.saturating_duration_since(Instant::now()));
            }
            deadlines.pop();
        }
        None
    }

    /// Wakes those whose deadline has come, the earliest first.
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
            due.extend(queue.wakers.remove(key).map(|waker| (key, waker)));
        }
        // Wakers may be anybody's code, which may want the timers: they are called when the borrow has ended.
        drop(queue);
        for (key, waker) in due {
            trace!(timer = %key, "timer fired");
            waker.wake();
        }
    }
}
