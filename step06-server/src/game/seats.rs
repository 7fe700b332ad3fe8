//! Seats: limits how many clients are served at once.

use std::cell::Cell;

use crate::{game::Options, runtime::yield_now};

/// How many clients can be turned away politely at the same time. Each of them occupies a
/// descriptor that a player could have, so a larger crowd is disconnected without a line.
const OVERFLOW: usize = 16;

/// The state that the tasks of all clients share.
#[derive(Debug)]
pub(super) struct Room {
    /// The seats of the clients that play.
    pub(super) players: Seats,
    /// The seats of the clients that are only sent the "server full" line.
    pub(super) overflow: Seats,
    /// If set, clients that join and leave are not logged.
    pub(super) quiet: bool,
}

impl Room {
    pub(super) fn new(options: &Options) -> Self {
        let players = Seats::new(options.max_clients.unwrap_or(usize::MAX));
        Room { players, overflow: Seats::new(OVERFLOW), quiet: options.quiet }
    }
}

/// A number of seats, some of them taken.
#[derive(Debug)]
pub(super) struct Seats {
    free: Cell<usize>,
}

impl Seats {
    fn new(count: usize) -> Self {
        Seats { free: Cell::new(count) }
    }

    /// Takes a seat, if one is free.
    pub(super) fn take(&self) -> Option<Seat<'_>> {
        self.free.set(self.free.get().checked_sub(1)?);
        Some(Seat { seats: self })
    }

    /// Takes a seat, if one is free after all clients that have left have freed theirs.
    ///
    /// A client that has left keeps its seat until its task is polled. That takes up to
    /// two turns of the loop. At the end of the first turn, the reactor reports that the
    /// client has left. In the second turn, the client's task is polled, before the task
    /// that wants the seat.
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
