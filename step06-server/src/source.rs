//! A source: a socket that the reactor watches, and the handles through which tasks use it.

use std::{
    cell::Cell,
    io,
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};

use mio::event;

use crate::{
    executor::Executor,
    reactor::{Direction, Readiness},
    slab::Key,
    sync::per_thread,
};

/// How often a task may read, write, accept or connect in one poll. A socket that is always ready would otherwise never
/// let go of the thread.
const BUDGET: u32 = 16;

per_thread! {
    /// How often the task that is being polled still may.
    static LEFT: Cell<u32> = const { Cell::new(BUDGET) };
}

/// Gives the task that is polled next its budget.
pub(crate) fn refill() {
    LEFT.with(|left| left.set(BUDGET));
}

/// Takes one off the budget of the task that is being polled, if there is any left.
fn spend() -> bool {
    LEFT.with(|left| {
        let spent = left.get().checked_sub(1);
        spent.inspect(|&spent| left.set(spent)).is_some()
    })
}

/// A socket that a reactor watches, shared by its handles.
#[derive(Debug)]
struct Source<S> {
    io: S,
    key: Key,
    /// What is known of its directions, `Read` and `Write`.
    readiness: Rc<[Readiness; 2]>,
    /// The runtime may end before the socket does.
    executor: Weak<Executor>,
    /// The number of the next handle.
    next: Cell<u32>,
}

impl<S> Drop for Source<S> {
    fn drop(&mut self) {
        // Closing the socket, which comes next, takes it out of the poller.
        if let Some(executor) = self.executor.upgrade() {
            let removed = executor.reactor.sources.borrow_mut().remove(self.key);
            drop(removed);
        }
    }
}

/// One of those who use a socket. Each may wait for either direction, in one task at a time.
#[derive(Debug)]
pub(crate) struct Handle<S> {
    source: Rc<Source<S>>,
    number: u32,
}

impl<S: event::Source> Handle<S> {
    /// Registers a socket with the reactor of this thread's runtime. `writable` says that its send buffer is known to
    /// have room, so that no event need come first.
    ///
    /// # Errors
    ///
    /// If the operating system can watch no more.
    ///
    /// # Panics
    ///
    /// Outside `block_on`.
    pub(crate) fn new(mut io: S, writable: bool) -> io::Result<Self> {
        let executor =
            Executor::current().expect("a socket needs a runtime: make it inside `block_on`");
        let readiness: Rc<[Readiness; 2]> = Rc::default();
        readiness[Direction::Write as usize].ready.set(writable);
        let source = Source {
            key: executor.reactor.register(&mut io, &readiness)?,
            io,
            readiness,
            executor: Rc::downgrade(&executor),
            next: Cell::new(1),
        };
        Ok(Handle { source: Rc::new(source), number: 0 })
    }
}

impl<S> Handle<S> {
    /// The socket.
    pub(crate) fn io(&self) -> &S {
        &self.source.io
    }

    /// Makes a system call as soon as the socket is ready for it, and again whenever it turns out not to have been.
    pub(crate) fn poll_io<T>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut call: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            ready!(self.poll_ready(direction, cx))?;
            match call(&self.source.io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // The kernel knows better than any event, even one that said closed.
                    let readiness = self.readiness(direction);
                    readiness.ready.set(false);
                    readiness.closed.set(false);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Says that a call moved less than it could have: the next one would block, unless it finds the end.
    pub(crate) fn exhausted(&self, direction: Direction) {
        let readiness = self.readiness(direction);
        readiness.ready.set(readiness.closed.get());
    }

    /// Waits until the socket is ready for a direction, as far as is known.
    fn poll_ready(&self, direction: Direction, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.source.executor.strong_count() == 0 {
            return Poll::Ready(Err(ended()));
        }
        let readiness = self.readiness(direction);
        if readiness.ready.get() {
            if spend() {
                return Poll::Ready(Ok(()));
            }
            // The task has had its turn, and asks for the next one.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        readiness.wait(self.number, cx);
        Poll::Pending
    }

    /// What is known of a direction.
    fn readiness(&self, direction: Direction) -> &Readiness {
        &self.source.readiness[direction as usize]
    }
}

/// Kept out of the way of those who do not need it.
#[cold]
fn ended() -> io::Error {
    io::Error::other("the runtime of this socket has ended")
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        let number = self.source.next.get();
        self.source.next.set(number.wrapping_add(1));
        let source = self.source.clone();
        Handle { source, number }
    }
}

impl<S> Drop for Handle<S> {
    fn drop(&mut self) {
        for readiness in &*self.source.readiness {
            drop(readiness.forget(self.number));
        }
    }
}
