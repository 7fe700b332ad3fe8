//! The reactor: keeps track of a runtime's sockets, and waits for them in the poller.
//!
//! The executor calls [`wait`](Reactor::wait) once a turn. `source.rs` registers each
//! socket once, for both directions, and removes it when it is dropped. Between two
//! events, the `Readiness` of a socket keeps its state.

use std::{
    cell::{OnceCell, RefCell},
    io,
    rc::Weak,
    sync::Arc,
    task::Waker,
    time::Duration,
};

use mio::{Events, Interest, Token, event};
use tracing::trace;

use super::{
    inbox::Inbox,
    panics,
    readiness::Watched,
    slab::{Key, Slab},
    sync::{Thread, thread},
};

/// How many events are taken from the poller at once.
const EVENTS: usize = 1024;

/// The token of the unparker's events. No key packs into this value.
const UNPARK: Token = Token(usize::MAX);

/// The sockets of one runtime, and the poller that watches them.
pub(crate) struct Reactor {
    /// Made when the first socket or the first wait needs it. A runtime that needs no
    /// poller is much cheaper to start.
    poller: OnceCell<Poller>,
    /// The sources of all registered sockets. The key of a source is the token of its
    /// socket.
    sources: RefCell<Slab<Weak<dyn Watched>>>,
    /// Gets the unparker as soon as there is a poller.
    inbox: Arc<Inbox>,
}

struct Poller {
    poll: RefCell<mio::Poll>,
    events: RefCell<Events>,
    /// The wakers of the tasks that the events are for. Between two waits, the list is
    /// empty, and keeps its memory for the next wait.
    wakers: RefCell<Vec<Waker>>,
}

impl Reactor {
    /// Makes a reactor without sockets.
    pub(crate) fn new(inbox: Arc<Inbox>) -> Self {
        Reactor { poller: OnceCell::new(), sources: RefCell::new(Slab::new()), inbox }
    }

    /// Returns the poller, which the first call makes.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot make another poller.
    fn poller(&self) -> io::Result<&Poller> {
        if let Some(poller) = self.poller.get() {
            return Ok(poller);
        }
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), UNPARK)?;
        self.inbox.set_unparker(Unparker { waker, thread: thread::current() });
        let poller = Poller {
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
            wakers: RefCell::new(Vec::new()),
        };
        Ok(self.poller.get_or_init(|| poller))
    }

    /// Registers a socket with the poller, for both directions. Returns its key, which
    /// refers to no source until [`watch`](Reactor::watch) is called.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot watch another socket.
    pub(crate) fn register<W: Watched + 'static>(
        &self,
        io: &mut impl event::Source,
    ) -> io::Result<Key> {
        let poll = &self.poller()?.poll;
        // End the borrow on this line, because mio logs what it registers, and a logger
        // can run user code.
        let key = self.sources.borrow_mut().insert(Weak::<W>::new());
        let interest = Interest::READABLE | Interest::WRITABLE;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let interest = interest | Interest::PRIORITY;
        let registered =
            poll.borrow().registry().register(io, Token(key.pack()), interest);
        if let Err(error) = registered {
            self.deregister(key);
            return Err(error);
        }
        trace!(source = %key, "register");
        Ok(key)
    }

    /// Sets the source that receives the events of a registered socket.
    pub(crate) fn watch(&self, key: Key, source: Weak<dyn Watched>) {
        if let Some(place) = self.sources.borrow_mut().get_mut(key) {
            *place = source;
        }
    }

    /// Forgets a socket that is about to be closed. Closing a socket removes it from the
    /// poller.
    pub(crate) fn deregister(&self, key: Key) {
        self.sources.borrow_mut().remove(key);
    }

    /// Removes a socket from the poller without closing it.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub(crate) fn release(&self, io: &mut impl event::Source) -> io::Result<()> {
        self.poller()?.poll.borrow().registry().deregister(io)
    }

    /// Asks the poller for events, and wakes the tasks that waited for them. If `park` is
    /// set, this first waits until there is an event, the unparker is called, or the time
    /// in `limit` is over. Without a limit it can wait for ever.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot make a poller, or if the wait fails.
    pub(crate) fn wait(&self, park: bool, limit: Option<Duration>) {
        if !park && self.sources.borrow().len() == 0 {
            return;
        }
        let poller = self.poller().expect("cannot make a poller");
        // From here on the inbox has an unparker, so other threads can end the wait.
        let park = park && self.inbox.prepare_to_park();
        if cfg!(model) {
            // Loom cannot model a poller, so in a model the thread parks without one.
            if park {
                thread::park();
            }
            return;
        }
        let limit = if park { limit } else { Some(Duration::ZERO) };
        let mut events = poller.events.borrow_mut();
        match poller.poll.borrow_mut().poll(&mut events, limit) {
            Ok(()) => {}
            // A signal ended the wait. The next turn of the loop waits again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(error) => panic!("cannot wait for events: {error}"),
        }
        let mut wakers = poller.wakers.borrow_mut();
        for event in events.iter().filter(|event| event.token() != UNPARK) {
            let key = Key::unpack(event.token().0);
            let sources = self.sources.borrow();
            // The socket may have been closed since the event. Then its key finds
            // nothing, even if the slot is in use again.
            let Some(source) = sources.get(key).and_then(Weak::upgrade) else { continue };
            source.readiness().on_event(event, &mut wakers);
            drop(sources);
            let (readable, writable) = (event.is_readable(), event.is_writable());
            trace!(source = %key, readable, writable, "readiness");
        }
        // Wake the tasks only now: a waker can run user code, which may use the reactor.
        panics::wake_all(wakers.drain(..));
    }

    /// Takes the wakers of all tasks that wait for a socket.
    pub(crate) fn take_wakers(&self, wakers: &mut Vec<Waker>) {
        let sources = self.sources.borrow_mut().drain();
        for source in sources.iter().filter_map(Weak::upgrade) {
            source.readiness().take_wakers(wakers);
        }
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
