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
    cell::{Cell, OnceCell, RefCell},
    io,
    rc::Rc,
    sync::Arc,
    task::{Context, Wake, Waker},
    time::Duration,
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

/// Which way the bytes go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// What is known of one direction of a socket.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    pub(crate) ready: Cell<bool>,
    /// A short read or write does not end the readiness any more.
    pub(crate) closed: Cell<bool>,
    /// Who waits: a handle's number, and the waker it left last.
    waiting: RefCell<Vec<(u32, Waker)>>,
}

/// All sockets of a runtime, and the poller that watches them.
pub(crate) struct Reactor {
    /// Made when the first socket or the first wait needs it.
    poller: OnceCell<Poller>,
    /// What each socket shares with its handles, so that they need not look it up.
    pub(crate) sources: RefCell<Slab<Rc<[Readiness; 2]>>>,
    inbox: Arc<Inbox>,
}

/// A poller, and room for the events it gives. The events stay borrowed while wakers are called.
type Poller = (RefCell<mio::Poll>, RefCell<Events>);

impl Reactor {
    pub(crate) fn new(inbox: Arc<Inbox>) -> Self {
        Reactor { poller: OnceCell::new(), sources: RefCell::new(Slab::new()), inbox }
    }

    /// Asks the poller for events and wakes those who wait for them. An idle runtime waits until there are some, or
    /// until another thread unparks it, or for as long as the limit says.
    pub(crate) fn wait(&self, idle: bool, limit: Option<Duration>) {
        if !idle && self.sources.borrow().len() == 0 {
            return;
        }
        let (poll, events) = self.poller().expect("cannot make a poller");
        // The unparker was made with the poller: from here on other threads may count on it.
        let park = idle && self.inbox.prepare_to_park();
        // The poller counts in milliseconds and rounds up: it may be late by one, and is never early.
        let limit = if park { limit } else { Some(Duration::ZERO) };
        if cfg!(model) {
            // Loom knows no poller.
            return if park {
                thread::park()
            };
        }
        let mut events = events.borrow_mut();
        match poll.borrow_mut().poll(&mut events, limit) {
            // A signal came first. Whatever it was for, the next turn of the loop looks again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            result => result.expect("cannot wait for events"),
        }
        // This calls wakers, which may be anybody's code, and may want the reactor: nothing but the events is borrowed.
        for event in events.iter().filter(|event| event.token() != UNPARK) {
            let key = Key::unpack(event.token().0);
            // The event of a socket that was closed meanwhile finds nothing, even if its slot is in use again.
            let Some(source) = self.sources.borrow().get(key).cloned() else { continue };
            let (readable, writable) = (event.is_readable(), event.is_writable());
            trace!(source = %key, readable, writable, "readiness");
            let (failed, urgent) = (event.is_error(), event.is_priority());
            let [read, write] = &*source;
            read.note(readable, event.is_read_closed() || urgent || failed);
            write.note(writable, event.is_write_closed() || failed);
        }
    }

    /// Gives the poller, and makes it first if need be.
    fn poller(&self) -> io::Result<&Poller> {
        if let Some(poller) = self.poller.get() {
            return Ok(poller);
        }
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), UNPARK)?;
        self.inbox.set_unparker(Arc::new(Unparker { waker, thread: thread::current() }).into());
        let events = RefCell::new(Events::with_capacity(EVENTS));
        Ok(self.poller.get_or_init(|| (RefCell::new(poll), events)))
    }

    /// Watches a socket from now on.
    pub(crate) fn register(
        &self,
        io: &mut impl event::Source,
        readiness: &Rc<[Readiness; 2]>,
    ) -> io::Result<Key> {
        let poll = self.poller()?.0.borrow();
        let mut sources = self.sources.borrow_mut();
        let key = sources.insert_with(|_| readiness.clone());
        let interest = Interest::READABLE | Interest::WRITABLE;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let interest = interest | Interest::PRIORITY;
        poll.registry()
            .register(io, Token(key.pack()), interest)
            .inspect_err(|_| drop(sources.remove(key)))?;
        drop(sources);
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
    /// Takes note of an event, and wakes those who waited for it.
    fn note(&self, ready: bool, closed: bool) {
        if !ready && !closed {
            return;
        }
        self.ready.set(true);
        self.closed.set(self.closed.get() || closed);
        let waiting = self.waiting.borrow().len();
        for _ in 0..waiting {
            // No borrow outlives this line: a waker may be anybody's code, which may want the socket.
            let woken = self.waiting.borrow_mut().pop();
            woken.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }

    /// Waits for an event: a handle leaves its waker, in place of the one it left before.
    pub(crate) fn wait(&self, number: u32, cx: &Context<'_>) {
        // Wakers may be anybody's code: they are cloned and dropped under no borrow.
        let waker = cx.waker().clone();
        let _before = self.forget(number);
        let mut waiting = self.waiting.borrow_mut();
        // Mostly there is one who waits, and a `Vec` would make room for four.
        waiting.reserve_exact(1);
        waiting.push((number, waker));
    }

    /// Forgets a handle's waker, and gives it back.
    pub(crate) fn forget(&self, number: u32) -> Option<Waker> {
        let mut waiting = self.waiting.borrow_mut();
        let position = waiting.iter().position(|(waits, _)| *waits == number)?;
        Some(waiting.swap_remove(position).1)
    }
}
