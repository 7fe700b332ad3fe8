//! Readiness: what the reactor remembers about each direction of a socket, and which
//! tasks wait for it.
//!
//! The poller is *edge-triggered*: it reports once that a socket **becomes** ready, and
//! does not report that it still is. So the reactor remembers the report until a system
//! call proves it out of date. Each direction is in one of three states:
//!
//! ```text
//!                    event: ready                event: closed or failed (from
//!            ┌──────────────────────▶ Ready ─────────────────┐   NotReady, too)
//!            │                       │                       ▼
//!        NotReady ◀──────────────────┘                    Closed
//!            ▲       WouldBlock, or a                     (stays ready, even
//!            │       short read or write                   after a short read)
//!            └────────────────────── WouldBlock ─────────────┘
//! ```
//!
//! A *short* read or write moves fewer bytes than requested. It shows that the socket is
//! not ready any more, and saves the call that would return `WouldBlock`. After a closed
//! event it no longer shows this: the data and the end can arrive as one event, so the
//! read that finds the end must still be made.

use std::{
    cell::Cell,
    task::{Context, Poll, Waker},
};

use mio::event::Event;

use super::waker_slot::WakerSlot;

/// The direction in which the bytes go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    Read,
    Write,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotReady,
    Ready,
    Closed,
}

/// The readiness of one socket, in both directions.
#[derive(Debug)]
pub(crate) struct Readiness {
    read: Half,
    write: Half,
}

/// The readiness of one direction.
#[derive(Debug)]
struct Half {
    state: Cell<State>,
    /// The task that waits for this direction. There is room for only one: if two tasks
    /// wait for the same direction, the one that polled last is woken. Step 06 puts them
    /// into a line.
    waiter: WakerSlot,
}

impl Readiness {
    /// Makes the readiness of a new socket. `writable` means that its send buffer is
    /// known to have room, so that no event has to arrive first.
    pub(crate) fn new(writable: bool) -> Self {
        let write = if writable { State::Ready } else { State::NotReady };
        Readiness { read: Half::new(State::NotReady), write: Half::new(write) }
    }

    /// Remembers an event, and wakes the tasks that waited for it.
    pub(crate) fn on_event(&self, event: &Event) {
        let failed = event.is_error();
        self.read.on_event(event.is_readable(), event.is_read_closed() || failed);
        self.write.on_event(event.is_writable(), event.is_write_closed() || failed);
    }

    /// Returns `Ready` if the next system call is worth a try. Otherwise the task of `cx`
    /// is woken when it is.
    pub(crate) fn poll(&self, direction: Direction, cx: &Context<'_>) -> Poll<()> {
        let half = self.half(direction);
        if half.state.get() == State::NotReady {
            half.waiter.set(cx.waker());
        }
        match half.state.get() {
            State::NotReady => Poll::Pending,
            State::Ready | State::Closed => Poll::Ready(()),
        }
    }

    /// Remembers that a call returned `WouldBlock`. This overrides every earlier event,
    /// even a closed event.
    pub(crate) fn would_block(&self, direction: Direction) {
        self.half(direction).state.set(State::NotReady);
    }

    /// Remembers that a read or write moved fewer bytes than requested.
    pub(crate) fn short(&self, direction: Direction) {
        let state = &self.half(direction).state;
        if state.get() == State::Ready {
            state.set(State::NotReady);
        }
    }

    /// Takes the wakers of all waiting tasks.
    pub(crate) fn take_waiters(&self) -> impl Iterator<Item = Waker> {
        self.read.waiter.take().into_iter().chain(self.write.waiter.take())
    }

    fn half(&self, direction: Direction) -> &Half {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }
}

impl Half {
    fn new(state: State) -> Self {
        Half { state: Cell::new(state), waiter: WakerSlot::default() }
    }

    fn on_event(&self, ready: bool, closed: bool) {
        if closed {
            self.state.set(State::Closed);
        } else if ready && self.state.get() == State::NotReady {
            self.state.set(State::Ready);
        }
        if ready || closed {
            self.waiter.wake();
        }
    }
}
