//! Seats: limits how many clients are served at once.

use std::{cell::Cell, rc::Rc};

use crate::runtime::yield_now;

/// A number of seats. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    free: Rc<Cell<usize>>,
}

impl Seats {
    pub(super) fn new(count: usize) -> Self {
        Seats { free: Rc::new(Cell::new(count)) }
    }

    /// Takes a seat, if one is free.
    pub(super) fn take(&self) -> Option<Seat> {
        self.free.set(self.free.get().checked_sub(1)?);
        Some(Seat { free: self.free.clone() })
    }

    /// Takes a seat, if one is free once every client that has left has been noticed.
    ///
    /// A client that has left keeps its seat until its task is polled. That takes two
    /// turns of the loop: at the end of the first one the reactor reports the client's
    /// leaving, and in the second one its task is polled, ahead of the calling task.
    pub(super) async fn take_settled(&self) -> Option<Seat> {
        for _ in 0..2 {
            if let Some(seat) = self.take() {
                return Some(seat);
            }
            yield_now().await;
        }
        self.take()
    }
}

/// A taken seat. Dropping it frees the seat.
#[derive(Debug)]
pub(super) struct Seat {
    free: Rc<Cell<usize>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.free.set(self.free.get() + 1);
    }
}
