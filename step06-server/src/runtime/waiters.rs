//! A line of waiters: the wakers of all tasks that wait for the same thing, in the order in
//! which they came. A direction of a socket has one, and so has a task group.
//!
//! An event wakes all of them, in order. Each keeps its place until it is *served*: until
//! its system call succeeds. Otherwise the first one could take what arrived, look again,
//! and find itself in front of the others, which find nothing and queue up behind it.
//!
//! Each handle has a [`Place`] of its own, so that a handle that waits again replaces its
//! own waker and no other.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt, mem,
    task::Waker,
};

/// The tasks that wait for the same thing.
#[derive(Default)]
pub(crate) struct Waiters {
    line: RefCell<VecDeque<Waiter>>,
}

/// One place in the line. The tickets in a line only grow, so a place is found by its
/// ticket with a binary search.
struct Waiter {
    ticket: u64,
    /// Empty once the task was woken.
    waker: Option<Waker>,
}

/// Where one handle stands in a line: its ticket, or 0 if it does not wait.
#[derive(Debug, Default)]
pub(crate) struct Place(Cell<u64>);

impl Place {
    /// Whether the handle stands in a line.
    pub(crate) fn is_taken(&self) -> bool {
        self.0.get() != 0
    }
}

impl Waiters {
    /// Whether nobody stands in the line.
    pub(crate) fn is_empty(&self) -> bool {
        self.line.borrow().is_empty()
    }

    /// Waits at `place`, or at the end of the line if the place is not taken yet. As with
    /// [`WakerSlot::set`](super::waker_slot::WakerSlot::set), check for the result after
    /// this call.
    pub(crate) fn wait(&self, place: &Place, waker: &Waker) {
        let line = self.line.borrow();
        let current = find(&line, place).and_then(|index| line[index].waker.as_ref());
        if current.is_some_and(|current| current.will_wake(waker)) {
            return;
        }
        drop(line);
        // Cloning and dropping a waker can run user code, so do it while nothing is borrowed.
        let waker = Some(waker.clone());
        self.queue(place);
        let mut line = self.line.borrow_mut();
        let index = find(&line, place).expect("the place was taken a line above");
        let before = mem::replace(&mut line[index].waker, waker);
        drop(line);
        drop(before);
    }

    /// Takes the last place in the line, unless the place is taken already.
    pub(crate) fn queue(&self, place: &Place) {
        let mut line = self.line.borrow_mut();
        if find(&line, place).is_none() {
            let ticket = line.back().map_or(1, |last| last.ticket + 1);
            place.0.set(ticket);
            // Most lines have one waiter, and would otherwise get room for four.
            line.reserve_exact(1);
            line.push_back(Waiter { ticket, waker: None });
        }
    }

    /// Leaves the line. Returns the waker that was left there.
    pub(crate) fn leave(&self, place: &Place) -> Option<Waker> {
        if !place.is_taken() {
            return None;
        }
        let mut line = self.line.borrow_mut();
        let index = find(&line, place);
        place.0.set(0);
        line.remove(index?)?.waker
    }

    /// Moves the wakers of all waiters to the end of `wakers`. The waiters keep their places.
    pub(crate) fn take_wakers(&self, wakers: &mut Vec<Waker>) {
        let mut line = self.line.borrow_mut();
        wakers.extend(line.iter_mut().filter_map(|waiter| waiter.waker.take()));
    }
}

/// The index of a place in a line.
fn find(line: &VecDeque<Waiter>, place: &Place) -> Option<usize> {
    if !place.is_taken() {
        return None;
    }
    line.binary_search_by_key(&place.0.get(), |waiter| waiter.ticket).ok()
}

impl fmt::Debug for Waiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiters").field("len", &self.line.borrow().len()).finish()
    }
}
