//! SIGINT and SIGTERM.
//!
//! A signal handler can run between any two instructions, so it may do very little. It
//! may write one byte into a socket. The other end of that socket is one more source for
//! the reactor. (This is the "self-pipe trick" of D. J. Bernstein.)

use std::{
    cell::Cell,
    future::poll_fn,
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::AtomicBool},
    task::Poll,
};

use signal_hook::{
    SigId,
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::{pipe, unregister},
};

use crate::runtime::{readiness::Direction, source::Handle};

/// The requests to end the process.
pub(super) struct Requests {
    handle: Handle<mio::net::UnixStream>,
    /// Whether a request has arrived.
    arrived: Cell<bool>,
    /// The actions that are registered with the operating system.
    actions: Vec<SigId>,
}

impl Requests {
    pub(super) fn new() -> io::Result<Self> {
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        let handle = Handle::new(mio::net::UnixStream::from_std(receiver), false)?;
        let arrived = Cell::new(false);
        let mut requests = Requests { handle, arrived, actions: Vec::new() };
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let (first, sender) = (again.clone(), sender.try_clone()?);
            // The actions of a signal run in this order. The first signal sends a byte
            // and sets the flag. The second one finds the flag set, and ends the process.
            // A signal that comes between two of these lines is not lost either.
            let actions = &mut requests.actions;
            actions.push(pipe::register(signal, sender)?);
            actions.push(flag::register_conditional_default(signal, first)?);
            actions.push(flag::register(signal, again.clone())?);
        }
        Ok(requests)
    }

    pub(super) async fn wait(&self) -> io::Result<()> {
        // Clone the handle, so that this call has its own place in the line of waiters.
        let handle = self.handle.clone();
        let receive = |mut io: &mio::net::UnixStream| io.read(&mut [0]).map(drop);
        poll_fn(|cx| {
            // The event woke all tasks that wait here. The first one of them reads the
            // byte, and the others see the flag.
            if self.arrived.get() {
                return Poll::Ready(Ok(()));
            }
            let received = handle.poll_io(Direction::Read, cx, receive);
            self.arrived.set(matches!(received, Poll::Ready(Ok(()))));
            received
        })
        .await
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        for action in self.actions.drain(..) {
            unregister(action);
        }
    }
}
