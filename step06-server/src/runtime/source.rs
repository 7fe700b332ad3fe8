//! A source: a socket that the reactor watches. It combines the three things that every
//! socket needs: system calls, a readiness, and a registration with the reactor.
//!
//! Each type in `net` and `signal` owns a [`Handle`] to a source, and makes all its calls
//! through [`poll_io`](Handle::poll_io). A clone of a handle has its own places in the
//! lines of waiters, so that different tasks can use one socket.

use std::{
    io,
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};

use mio::event;

use super::{
    executor::Executor,
    readiness::{Direction, Readiness, Watched},
    slab::Key,
    waiters::Place,
};

/// Whether a short read or write ends the readiness. On Windows only `WouldBlock` may end
/// it, because mio watches a socket again only after that. On macOS and the BSDs a read
/// stops in front of urgent data even if more bytes follow, and no event reports this.
const SHORT_IS_EMPTY: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// A socket that is registered with a reactor. It leaves the reactor before it is closed,
/// because the fields are dropped in this order.
#[derive(Debug)]
struct Source<S> {
    registration: Registration,
    io: S,
    readiness: Readiness,
}

/// The registration of a socket with the reactor. Dropping it ends the registration.
#[derive(Debug)]
struct Registration {
    /// The name of the socket in the reactor.
    key: Key,
    /// Weak, because the runtime can end before the socket is dropped.
    executor: Weak<Executor>,
}

/// A handle to a registered socket. Clones can be used by different tasks. Each clone can
/// wait for either direction, in one task at a time.
#[derive(Debug)]
pub(crate) struct Handle<S> {
    source: Rc<Source<S>>,
    /// The places of this handle in the two lines of waiters, one for each direction.
    places: [Place; 2],
}

impl<S> Watched for Source<S> {
    fn readiness(&self) -> &Readiness {
        &self.readiness
    }
}

impl<S: event::Source + 'static> Handle<S> {
    /// Registers a socket with the reactor of the current runtime. `writable` means that
    /// its send buffer is known to have room.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot watch another socket.
    ///
    /// # Panics
    ///
    /// Panics outside `block_on`.
    pub(crate) fn new(mut io: S, writable: bool) -> io::Result<Self> {
        let executor = Executor::current();
        let executor =
            executor.expect("a socket needs a runtime: make it inside `block_on`");
        let key = executor.reactor.register::<Source<S>>(&mut io)?;
        let readiness = Readiness::new(writable);
        let registration = Registration { key, executor: Rc::downgrade(&executor) };
        let source = Rc::new(Source { registration, io, readiness });
        let watched: Weak<Source<S>> = Rc::downgrade(&source);
        executor.reactor.watch(key, watched);
        Ok(Handle { source, places: Default::default() })
    }

    /// Takes the socket out of the poller and out of the reactor.
    ///
    /// # Errors
    ///
    /// Returns `ResourceBusy` if there is another handle, which keeps the socket open.
    /// If the system call fails, returns its error and closes the socket.
    pub(crate) fn into_io(self) -> io::Result<S> {
        let source = self.source.clone();
        drop(self);
        let busy = |_| {
            let busy = "a clone of this socket is still in use";
            io::Error::new(io::ErrorKind::ResourceBusy, busy)
        };
        let Source { registration, mut io, .. } = Rc::try_unwrap(source).map_err(busy)?;
        if let Some(executor) = registration.executor.upgrade() {
            executor.reactor.release(&mut io)?;
        }
        Ok(io)
    }
}

impl<S> Handle<S> {
    /// Returns the socket, for calls that never block.
    pub(crate) fn io(&self) -> &S {
        &self.source.io
    }

    /// Makes a system call when the socket is ready for it. If the call returns
    /// `WouldBlock`, the socket was not ready after all, and this waits again.
    ///
    /// # Errors
    ///
    /// Returns the error of the call, or an error if the socket's runtime has ended.
    pub(crate) fn poll_io<T>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut call: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let Source { registration, io, readiness } = &*self.source;
        let place = &self.places[direction as usize];
        loop {
            if registration.executor.strong_count() == 0 {
                let ended = "the runtime of this socket has ended";
                return Poll::Ready(Err(io::Error::other(ended)));
            }
            ready!(readiness.poll(direction, place, cx));
            match call(io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    readiness.would_block(direction);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    readiness.served(direction, place);
                    return Poll::Ready(result);
                }
            }
        }
    }

    /// Like [`poll_io`](Handle::poll_io), for a call that moves at most `room` bytes. On
    /// Linux, a call that moves fewer shows that the socket is not ready any more.
    pub(crate) fn poll_transfer(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        room: usize,
        call: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let moved = ready!(self.poll_io(direction, cx, call))?;
        // Zero bytes mean the end of the stream, and the stream stays ended.
        if SHORT_IS_EMPTY && 0 < moved && moved < room {
            self.source.readiness.short(direction);
        }
        Poll::Ready(Ok(moved))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(executor) = self.executor.upgrade() {
            executor.reactor.deregister(self.key);
        }
    }
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Handle { source: self.source.clone(), places: Default::default() }
    }
}

impl<S> Drop for Handle<S> {
    fn drop(&mut self) {
        self.source.readiness.forget(&self.places);
    }
}
