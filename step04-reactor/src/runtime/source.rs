//! A source: a socket that the reactor watches. It combines the three things that every
//! socket needs: system calls, a readiness, and a registration with the reactor.
//!
//! Each type in `net` owns a source, and makes all its calls through
//! [`poll_io`](Source::poll_io).

use std::{
    io,
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};

use mio::event;

use super::{
    executor::Executor,
    readiness::{Direction, Readiness},
    slab::Key,
};

/// A socket that is registered with a reactor for as long as it lives.
#[derive(Debug)]
pub(crate) struct Source<S> {
    io: S,
    readiness: Rc<Readiness>,
    /// The name of the socket in the reactor.
    key: Key,
    /// Weak, because the runtime can end before the socket is dropped.
    executor: Weak<Executor>,
}

impl<S: event::Source> Source<S> {
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
        let readiness = Rc::new(Readiness::new(writable));
        let key = executor.reactor.register(&mut io, &readiness)?;
        Ok(Source { io, readiness, key, executor: Rc::downgrade(&executor) })
    }
}

impl<S> Source<S> {
    /// Returns the socket, for calls that never block.
    pub(crate) fn io(&self) -> &S {
        &self.io
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
        loop {
            if self.executor.strong_count() == 0 {
                let ended = "the runtime of this socket has ended";
                return Poll::Ready(Err(io::Error::other(ended)));
            }
            ready!(self.readiness.poll(direction, cx));
            match call(&self.io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.readiness.would_block(direction);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Like [`poll_io`](Source::poll_io), for a call that moves at most `room` bytes. On
    /// Unix, a call that moves fewer shows that the socket is not ready any more.
    pub(crate) fn poll_transfer(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        room: usize,
        call: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let moved = ready!(self.poll_io(direction, cx, call))?;
        // Zero bytes mean the end of the stream, and the stream stays ended. On Windows,
        // mio watches a socket again only after `WouldBlock`, so call again until then.
        if cfg!(unix) && 0 < moved && moved < room {
            self.readiness.short(direction);
        }
        Poll::Ready(Ok(moved))
    }
}

impl<S> Drop for Source<S> {
    fn drop(&mut self) {
        if let Some(executor) = self.executor.upgrade() {
            executor.reactor.deregister(self.key);
        }
    }
}
