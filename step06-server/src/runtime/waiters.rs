//! A line of waiters: the wakers of all tasks that wait for the same thing, in the order
//! in which they came. Each direction of a socket has a line, and so does a task group.
//!
//! An event wakes all waiters, in order, and each keeps its place until it is *served*:
//! its system call has succeeded, or failed for good. Without places, the first waiter
//! could take what arrived, wait again, and still be ahead of the others the next time.
//!
//! Each handle has a [`Place`] of its own, so that a handle that waits again replaces its
//! own waker and no other. Most sockets are used by one handle only. So there is no line
//! until a second handle waits, and the first handle keeps its waker in a slot.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::VecDeque,
    fmt,
    task::Waker,
};

use super::{budget, waker_slot::WakerSlot};

/// The tasks that wait for the same thing.
#[derive(Default)]
pub(crate) struct Waiters {
    /// The waker of the first handle, until there is a line.
    first: WakerSlot,
    /// The state of the handle with the ticket [`FIRST`], until there is a line.
    state: Cell<First>,
    /// Made when a second handle waits, and kept from then on.
    line: OnceCell<Box<RefCell<Line>>>,
}

/// The waiters, in order. The tickets in a line increase, so a binary search finds a
/// waiter by its ticket. The ticket of a handle that has left the line is not found.
struct Line {
    waiters: VecDeque<Waiter>,
    /// The last ticket that was given out.
    last: u64,
    /// The turn of the loop in which the first waiter was woken.
    woken: u32,
}

struct Waiter {
    ticket: u64,
    /// Empty once the task was woken.
    waker: Option<Waker>,
}

/// The ticket of the first handle, which waits without a line.
const FIRST: u64 = 1;

/// The state of the handle with the ticket [`FIRST`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum First {
    /// No handle has the ticket.
    #[default]
    None,
    /// The handle waits, or was woken and has not been served yet.
    Waits,
    /// The handle was served, and will usually wait again soon.
    Served,
}

/// The place of one handle in a line: its ticket, or 0 if it has not waited yet.
#[derive(Debug, Default)]
pub(crate) struct Place(Cell<u64>);

impl Waiters {
    /// Returns whether a handle may go ahead, because it is first or the line is empty.
    pub(crate) fn may_go(&self, place: &Place) -> bool {
        match self.line.get() {
            Some(line) => line.borrow().may_go(place),
            None => self.state.get() != First::Waits || place.0.get() == FIRST,
        }
    }

    /// Waits at the handle's place, or at the end of the line if it has no place yet.
    /// As with [`WakerSlot::set`], check for the result after this call.
    pub(crate) fn wait(&self, place: &Place, waker: &Waker) {
        // Cloning or dropping a waker can run user code, which may call `wait` again.
        if self.is_alone(place) {
            // Take the place before such code can run.
            self.queue_first(place);
            self.first.set(waker);
        } else {
            // Do not borrow the line while such code can run.
            let waker = waker.clone();
            let before =
                self.line().borrow_mut().find_or_push(place).waker.replace(waker);
            drop(before);
        }
    }

    /// Takes the last place in the line for a handle that may not go ahead.
    pub(crate) fn queue(&self, place: &Place) {
        if self.is_alone(place) {
            self.queue_first(place);
        } else {
            self.line().borrow_mut().find_or_push(place);
        }
    }

    /// Remembers that a handle was served. It leaves the line.
    pub(crate) fn served(&self, place: &Place) {
        if let Some(line) = self.line.get() {
            Line::leave(line, place);
        } else if place.0.get() == FIRST {
            self.state.set(First::Served);
        }
    }

    /// Forgets a handle that no longer waits.
    pub(crate) fn leave(&self, place: &Place) {
        self.served(place);
        if place.0.get() == FIRST {
            self.state.set(First::None);
            drop(self.first.take());
        }
    }

    /// Moves the wakers of all waiters to the end of `wakers`. The waiters keep their
    /// places.
    #[inline]
    pub(crate) fn take_wakers(&self, wakers: &mut Vec<Waker>) {
        if let Some(waker) = self.first.take() {
            wakers.push(waker);
        }
        if let Some(line) = self.line.get() {
            line.borrow_mut().take_wakers(wakers);
        }
    }

    /// Returns whether this handle is the only one that waits, so that no line is needed.
    fn is_alone(&self, place: &Place) -> bool {
        let is_first = place.0.get() == FIRST || self.state.get() == First::None;
        is_first && self.line.get().is_none()
    }

    /// Gives the ticket [`FIRST`] to the only handle that waits.
    fn queue_first(&self, place: &Place) {
        place.0.set(FIRST);
        self.state.set(First::Waits);
    }

    /// Returns the line. The first call makes it, and moves the first handle into it if
    /// that handle is waiting.
    #[cold]
    fn line(&self) -> &RefCell<Line> {
        self.line.get_or_init(|| {
            let waits = self.state.get() == First::Waits;
            let first = Waiter { ticket: FIRST, waker: self.first.take() };
            let first = waits.then_some(first);
            let (waiters, woken) = (first.into_iter().collect(), budget::turn());
            let line = Line { waiters, last: FIRST, woken };
            Box::new(RefCell::new(line))
        })
    }
}

// Few sockets have a line. Marking its methods cold keeps them out of the common path,
// which is shorter without them.
impl Line {
    /// Returns whether a handle is first in the line, or may overtake those ahead of it.
    #[cold]
    fn may_go(&self, place: &Place) -> bool {
        match self.find(place) {
            Some(0) => true,
            // The first waiter was woken too, but this task may be polled before it, as
            // the main future always is. So the first waiter gets one turn to go ahead.
            // It gets only one, because its future may never be polled again.
            Some(_) => budget::turn().wrapping_sub(self.woken) > 1,
            None => self.waiters.is_empty(),
        }
    }

    /// Returns the index of a handle in the line.
    fn find(&self, place: &Place) -> Option<usize> {
        let ticket = place.0.get();
        self.waiters.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()
    }

    /// Returns the waiter of a handle. A handle that is not in the line yet joins at the
    /// end.
    #[cold]
    fn find_or_push(&mut self, place: &Place) -> &mut Waiter {
        let index = self.find(place).unwrap_or_else(|| {
            self.last += 1;
            place.0.set(self.last);
            self.waiters.push_back(Waiter { ticket: self.last, waker: None });
            self.waiters.len() - 1
        });
        &mut self.waiters[index]
    }

    /// Removes a handle from a line, if it is in that line.
    #[cold]
    fn leave(line: &RefCell<Line>, place: &Place) {
        let mut waiters = line.borrow_mut();
        let waiter = waiters.find(place).and_then(|index| waiters.waiters.remove(index));
        // Dropping a waker can run user code, so end the borrow first.
        drop(waiters);
        drop(waiter);
    }

    #[cold]
    fn take_wakers(&mut self, wakers: &mut Vec<Waker>) {
        if self.waiters.front().is_some_and(|first| first.waker.is_some()) {
            self.woken = budget::turn();
        }
        wakers.extend(self.waiters.iter_mut().filter_map(|waiter| waiter.waker.take()));
    }
}

impl fmt::Debug for Waiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiters").finish_non_exhaustive()
    }
}
