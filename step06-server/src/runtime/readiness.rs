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
//! read that finds the end must still be made. An event of urgent data counts as a closed
//! event, because a read stops in front of urgent data even if more bytes follow.

use std::{
    cell::Cell,
    task::{Context, Poll, Waker},
};

use mio::event::Event;

use super::{
    budget,
    waiters::{Place, Waiters},
};

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

/// A source of any socket type. The reactor needs only the readiness of a source, so it
/// keeps its sources as `dyn Watched`.
pub(crate) trait Watched {
    /// Returns the readiness of the socket.
    fn readiness(&self) -> &Readiness;
}

/// The readiness of one direction.
#[derive(Debug)]
struct Half {
    state: Cell<State>,
    /// How many calls have been made so far in turn number `turn`.
    calls: Cell<u8>,
    turn: Cell<u32>,
    /// The tasks that wait for this direction.
    waiters: Waiters,
}

impl Readiness {
    /// Makes the readiness of a new socket. `writable` means that its send buffer is
    /// known to have room, so that no event has to arrive first.
    pub(crate) fn new(writable: bool) -> Self {
        let write = if writable { State::Ready } else { State::NotReady };
        Readiness { read: Half::new(State::NotReady), write: Half::new(write) }
    }

    /// Remembers an event. Moves the wakers of the tasks that waited for it to `wakers`.
    pub(crate) fn on_event(&self, event: &Event, wakers: &mut Vec<Waker>) {
        let (failed, urgent) = (event.is_error(), event.is_priority());
        let closed = event.is_read_closed() || urgent || failed;
        self.read.on_event(event.is_readable(), closed, wakers);
        let closed = event.is_write_closed() || failed;
        self.write.on_event(event.is_writable(), closed, wakers);
    }

    /// Returns `Ready` if a handle may make a system call. Otherwise the handle waits at
    /// its place in the line, and the task of `cx` is woken when the call may be made.
    #[inline]
    pub(crate) fn poll(
        &self,
        direction: Direction,
        place: &Place,
        cx: &Context<'_>,
    ) -> Poll<()> {
        let half = self.half(direction);
        if half.state.get() == State::NotReady {
            half.waiters.wait(place, cx.waker());
            // `wait` can run user code, which may use this very socket, so check again.
            if half.state.get() == State::NotReady {
                return Poll::Pending;
            }
        }
        if !half.waiters.may_go(place) || !half.spend() {
            // Other handles ahead in the line must be served first, or this direction has
            // used up its calls for this turn. In both cases, try again in the next turn.
            half.defer(place, cx);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Remembers that a handle was served: its call has succeeded, or failed for good.
    pub(crate) fn served(&self, direction: Direction, place: &Place) {
        self.half(direction).waiters.served(place);
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

    /// Forgets a handle that is dropped.
    pub(crate) fn forget(&self, [read, write]: &[Place; 2]) {
        self.read.waiters.leave(read);
        self.write.waiters.leave(write);
    }

    /// Moves the wakers of all waiting tasks to `wakers`.
    pub(crate) fn take_wakers(&self, wakers: &mut Vec<Waker>) {
        self.read.waiters.take_wakers(wakers);
        self.write.waiters.take_wakers(wakers);
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
        let (calls, turn) = (Cell::new(0), Cell::new(0));
        Half { state: Cell::new(state), calls, turn, waiters: Waiters::default() }
    }

    #[inline]
    fn on_event(&self, ready: bool, closed: bool, wakers: &mut Vec<Waker>) {
        if closed {
            self.state.set(State::Closed);
        } else if ready && self.state.get() == State::NotReady {
            self.state.set(State::Ready);
        }
        if ready || closed {
            self.waiters.take_wakers(wakers);
        }
    }

    /// Wakes the task of a handle for the next turn.
    #[cold]
    fn defer(&self, place: &Place, cx: &Context<'_>) {
        self.waiters.queue(place);
        cx.waker().wake_by_ref();
    }

    /// Takes one call from the budget of this turn. Returns `false` if none is left.
    fn spend(&self) -> bool {
        let turn = budget::turn();
        if self.turn.replace(turn) != turn {
            self.calls.set(0);
        }
        let calls = self.calls.get();
        let allowed = calls < budget::CALLS;
        self.calls.set(calls + u8::from(allowed));
        allowed
    }
}
