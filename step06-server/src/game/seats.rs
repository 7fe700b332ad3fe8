//! Seats: limits how many clients are served at once.

use std::cell::Cell;

use crate::runtime::yield_now;

/// A number of seats, some of them taken.
#[derive(Debug)]
pub(super) struct Seats {
    free: Cell<usize>,
}

impl Seats {
    pub(super) fn new(count: usize) -> Self {
        Seats { free: Cell::new(count) }
    }

    /// Takes a seat, if one is free.
    pub(super) fn take(&self) -> Option<Seat<'_>> {
        self.free.set(self.free.get().checked_sub(1)?);
        Some(Seat { seats: self })
    }

    /// Takes a seat, if one is free after every client that has left has been noticed.
    ///
    /// A client that has left keeps its seat until its task is polled. That takes up to
    /// two turns of the loop: at the end of the first one the reactor reports that the
    /// client has left, and in the second one the client's task is polled, ahead of this
    /// one.
    pub(super) async fn take_settled(&self) -> Option<Seat<'_>> {
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
pub(super) struct Seat<'a> {
    seats: &'a Seats,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.seats.free.set(self.seats.free.get() + 1);
    }
}
