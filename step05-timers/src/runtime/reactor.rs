//! The reactor: keeps track of a runtime's sockets, and waits for them in the poller.
//!
//! The executor calls [`wait`](Reactor::wait) once a turn. `source.rs` registers each
//! socket once, for both directions, and removes it when it is dropped. Between two
//! events, the [`Readiness`] of a socket keeps its state.

use std::{cell::RefCell, io, rc::Rc, task::Waker, time::Duration};

use mio::{Events, Interest, Token, event};
use tracing::trace;

use super::{
    readiness::Readiness,
    slab::{Key, Slab},
    sync::{Thread, thread},
};

/// How many events are taken from the poller at once.
const EVENTS: usize = 1024;

/// The token of the unparker's events. No key packs into this value.
const UNPARK: Token = Token(usize::MAX);

/// The sockets of one runtime, and the poller that watches them.
pub(crate) struct Reactor {
    poll: RefCell<mio::Poll>,
    events: RefCell<Events>,
    /// The readiness of each registered socket. A key is the token of its socket.
    sources: RefCell<Slab<Rc<Readiness>>>,
}

impl Reactor {
    /// Makes a reactor without sockets, and the unparker that ends its waits.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot make another poller.
    pub(crate) fn new() -> io::Result<(Self, Unparker)> {
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), UNPARK)?;
        let reactor = Reactor {
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
            sources: RefCell::new(Slab::new()),
        };
        Ok((reactor, Unparker { waker, thread: thread::current() }))
    }

    /// Registers a socket with the poller, for both directions. Returns its key.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot watch another socket.
    pub(crate) fn register(
        &self,
        io: &mut impl event::Source,
        readiness: &Rc<Readiness>,
    ) -> io::Result<Key> {
        // End the borrow on this line, because mio logs what it registers, and a logger
        // can run user code.
        let key = self.sources.borrow_mut().insert(readiness.clone());
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered =
            self.poll.borrow().registry().register(io, Token(key.pack()), interest);
        if let Err(error) = registered {
            self.deregister(key);
            return Err(error);
        }
        trace!(source = %key, "register");
        Ok(key)
    }

    /// Forgets a socket that is about to be closed. Closing a socket removes it from the
    /// poller.
    pub(crate) fn deregister(&self, key: Key) {
        let readiness = self.sources.borrow_mut().remove(key);
        drop(readiness);
    }

    /// Asks the poller for events, and wakes the tasks that waited for them. This first
    /// waits until there is an event, the unparker is called, or the time in `limit` is
    /// over. Without a limit it can wait for ever.
    pub(crate) fn wait(&self, limit: Option<Duration>) {
        if cfg!(model) {
            // Loom cannot model a poller, so in a model the thread parks without one.
            if limit != Some(Duration::ZERO) {
                thread::park();
            }
            return;
        }
        let mut events = self.events.borrow_mut();
        match self.poll.borrow_mut().poll(&mut events, limit) {
            Ok(()) => {}
            // A signal ended the wait. The next turn of the loop waits again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(error) => panic!("cannot wait for events: {error}"),
        }
        for event in events.iter().filter(|event| event.token() != UNPARK) {
            let key = Key::unpack(event.token().0);
            // A waker that this loop has called may have closed the socket. Then its key
            // finds nothing, even if the slot is in use again.
            let Some(readiness) = self.sources.borrow().get(key).cloned() else {
                continue;
            };
            let (readable, writable) = (event.is_readable(), event.is_writable());
            trace!(source = %key, readable, writable, "readiness");
            // This wakes tasks. Only the events are borrowed, because a waker can run
            // user code, which may use the reactor.
            readiness.on_event(event);
        }
    }

    /// Takes the wakers of all tasks that wait for a socket.
    pub(crate) fn take_waiters(&self) -> Vec<Waker> {
        let sources = self.sources.borrow_mut().drain();
        sources.iter().flat_map(|readiness| readiness.take_waiters()).collect()
    }
}

/// Ends the wait of a thread that is parked in the poller, or about to park.
pub(crate) struct Unparker {
    waker: mio::Waker,
    /// For the models of loom, whose threads park without a poller.
    thread: Thread,
}

impl Unparker {
    /// Ends the current wait, or the next one if the thread is not waiting yet. Any
    /// thread may call this.
    pub(crate) fn unpark(&self) {
        match cfg!(model) {
            true => self.thread.unpark(),
            false => self.waker.wake().expect("cannot unpark the runtime"),
        }
    }
}
