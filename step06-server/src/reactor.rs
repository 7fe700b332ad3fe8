//! The reactor: knows which sockets are ready, and which tasks wait for that.
//!
//! A socket is registered once, for both directions, edge-triggered: the poller speaks up when the socket *becomes*
//! ready, and not again. So the reactor remembers, for each direction:
//!
//! | seen | remembered |
//! | --- | --- |
//! | an event | ready |
//! | `WouldBlock` | not ready; the next event will tell |
//! | a read or write that moved less than it could | not ready either, which saves the call that would say so |
//! | an event that says closed, or failed | ready, and short reads no longer count: data and the end may come as one event |
//! | an event of urgent data | the same until `WouldBlock`: a read stops short where that was, though more may follow |

use std::{
    cell::{Cell, RefCell},
    io,
    sync::Arc,
    task::{Wake, Waker},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Token, event};
use tracing::trace;

use crate::{
    slab::{Key, Slab},
    sync::{Thread, thread},
    waker::Inbox,
};

/// How many events are taken from the poller at once.
const EVENTS: usize = 1024;

/// The token of the unparker's events. No key packs to it.
const UNPARK: Token = Token(usize::MAX);

/// How many reads and writes a task may make in one poll. A socket that is always ready would otherwise never let go of
/// the thread.
const BUDGET: u32 = 16;

/// Which way the bytes go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// What is known of one direction of a socket.
#[derive(Default)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    /// A short read or write does not end the readiness any more.
    pub(crate) closed: bool,
    /// Who waits: a handle's number, and the waker it left last.
    waiting: Vec<(u32, Waker)>,
}

/// All sockets of a runtime, and the poller that watches them.
pub(crate) struct Reactor {
    /// Made when the first socket or the first wait needs it.
    poller: RefCell<Option<Poller>>,
    pub(crate) sources: RefCell<Slab<[Readiness; 2]>>,
    inbox: Arc<Inbox>,
    /// How many reads and writes the task that is being polled may still make.
    budget: Cell<u32>,
}

struct Poller {
    poll: mio::Poll,
    events: Events,
}

impl Reactor {
    pub(crate) fn new(inbox: Arc<Inbox>) -> Self {
        Reactor {
            poller: RefCell::new(None),
            sources: RefCell::new(Slab::new()),
            inbox,
            budget: Cell::new(BUDGET),
        }
    }

    /// Gives the task that is polled next its budget.
    pub(crate) fn refill(&self) {
        self.budget.set(BUDGET);
    }

    /// Takes one off the budget of the task that is being polled, if there is any left.
    pub(crate) fn spend(&self) -> bool {
        let left = self.budget.get().checked_sub(1);
        left.inspect(|&left| self.budget.set(left)).is_some()
    }

    /// Asks the poller for events and wakes those who wait for them. An idle runtime waits until there are some, or
    /// until another thread unparks it, or until the deadline.
    pub(crate) fn wait(&self, idle: bool, deadline: Option<Instant>) {
        if !idle && self.sources.borrow().len() == 0 {
            return;
        }
        let mut poller = self.poller.borrow_mut();
        let Poller { poll, events } = self.open(&mut poller).expect("cannot make a poller");
        // The unparker was made with the poller: from here on other threads may count on it.
        let park = idle && self.inbox.prepare_to_park();
        // The poller counts in milliseconds and rounds up: it may be late by one, and is never early.
        let limit = if park {
            let limit = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            trace!(?limit, "park");
            limit
        } else {
            Some(Duration::ZERO)
        };
        if cfg!(model) {
            // Loom knows no poller.
            return if park {
                thread::park()
            };
        }
        match poll.poll(events, limit) {
            // A signal came first. Whatever it was for, the next turn of the loop looks again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            result => result.expect("cannot wait for events"),
        }
        let mut woken = Vec::new();
        for event in events.iter().filter(|event| event.token() != UNPARK) {
            let key = Key::unpack(event.token().0);
            // The event of a socket that was closed meanwhile finds nothing, even if its slot is in use again.
            if let Some([read, write]) = self.sources.borrow_mut().get_mut(key) {
                let (readable, writable) = (event.is_readable(), event.is_writable());
                trace!(source = %key, readable, writable, "readiness");
                let (failed, urgent) = (event.is_error(), event.is_priority());
                read.note(readable, event.is_read_closed() || urgent || failed, &mut woken);
                write.note(writable, event.is_write_closed() || failed, &mut woken);
            }
        }
        // Wakers may be anybody's code, which may want the reactor: they are called when all borrows have ended.
        drop(poller);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Gives the poller, and makes it first if need be.
    fn open<'a>(&self, poller: &'a mut Option<Poller>) -> io::Result<&'a mut Poller> {
        if let Some(poller) = poller {
            return Ok(poller);
        }
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), UNPARK)?;
        self.inbox.set_unparker(Arc::new(Unparker { waker, thread: thread::current() }).into());
        let events = Events::with_capacity(EVENTS);
        Ok(poller.insert(Poller { poll, events }))
    }

    /// Watches a socket from now on.
    pub(crate) fn register(&self, io: &mut impl event::Source, writable: bool) -> io::Result<Key> {
        let mut poller = self.poller.borrow_mut();
        let registry = self.open(&mut poller)?.poll.registry();
        let mut sources = self.sources.borrow_mut();
        let key = sources.insert_with(|_| {
            let mut source: [Readiness; 2] = Default::default();
            source[Direction::Write as usize].ready = writable;
            source
        });
        let interest = Interest::READABLE | Interest::WRITABLE;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let interest = interest | Interest::PRIORITY;
        registry
            .register(io, Token(key.pack()), interest)
            .inspect_err(|_| drop(sources.remove(key)))?;
        trace!(source = %key, "register");
        Ok(key)
    }
}

/// Ends the wait of a thread that is parked in the poller, or about to be.
struct Unparker {
    waker: mio::Waker,
    /// In a model, the thread parks by itself.
    thread: Thread,
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        match cfg!(model) {
            true => self.thread.unpark(),
            false => self.waker.wake().expect("cannot unpark the runtime"),
        }
    }
}

impl Readiness {
    /// Takes note of an event, and moves the wakers of those who waited for it to `woken`.
    fn note(&mut self, ready: bool, closed: bool, woken: &mut Vec<Waker>) {
        if ready || closed {
            self.ready = true;
            self.closed |= closed;
            woken.extend(self.waiting.drain(..).map(|(_, waker)| waker));
        }
    }

    /// Remembers a handle's waker, and gives back the one it left before.
    pub(crate) fn wait(&mut self, number: u32, waker: Waker) -> Option<Waker> {
        let before = self.forget(number);
        self.waiting.push((number, waker));
        before
    }

    /// Forgets a handle's waker, and gives it back.
    pub(crate) fn forget(&mut self, number: u32) -> Option<Waker> {
        let mut waiting = self.waiting.iter();
        let position = waiting.position(|(waits, _)| *waits == number)?;
        Some(self.waiting.swap_remove(position).1)
    }
}
