//! Signals: the wish that the process ends, as a future.
//!
//! A signal may come at any instruction, so what a handler may do is next to nothing: it writes a byte into a socket.
//! The other end of that socket is one more source for the reactor. (The "self-pipe trick" of D. J. Bernstein.)

use std::{
    fmt,
    future::poll_fn,
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::{
    SigId,
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::{pipe, unregister},
};

use crate::{reactor::Direction, source::Handle};

/// The wish that the process ends: SIGINT, which Ctrl-C sends, or SIGTERM.
///
/// The first such signal is for whoever awaits [`requested`](Termination::requested). A second one ends the process at
/// once, as both would without this: who asks twice does not want to wait.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::Duration;
/// use step::{executor::block_on, signal::Termination, time::timeout};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let termination = Termination::new()?;
///     // … serve until …
///     let requested = timeout(Duration::from_millis(1), termination.requested()).await;
///     assert!(requested.is_err(), "nobody pressed Ctrl-C in this millisecond");
///     Ok(())
/// })
/// # }
/// ```
pub struct Termination {
    handle: Handle<mio::net::UnixStream>,
    /// What is registered with the operating system for this.
    actions: Vec<SigId>,
}

impl Termination {
    /// Takes SIGINT and SIGTERM over from the operating system. When this is dropped they are ignored.
    ///
    /// # Errors
    ///
    /// If there is no room for four more descriptors, or the operating system refuses the handlers.
    ///
    /// # Panics
    ///
    /// Outside [`block_on`](crate::executor::block_on).
    pub fn new() -> io::Result<Self> {
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        let handle = Handle::new(mio::net::UnixStream::from_std(receiver), false)?;
        let mut termination = Termination { handle, actions: Vec::new() };
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let (first, sender) = (again.clone(), sender.try_clone()?);
            // They are carried out in this order. The first signal sets the flag, the second one finds it set; and even
            // one that comes between these lines is not lost.
            let actions = &mut termination.actions;
            actions.push(pipe::register(signal, sender)?);
            actions.push(flag::register_conditional_default(signal, first)?);
            actions.push(flag::register(signal, again.clone())?);
        }
        Ok(termination)
    }

    /// Waits until one of the signals arrives.
    ///
    /// # Errors
    ///
    /// If the socket between the handler and the reactor fails, which it has no reason to.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: a signal that was not returned is returned by the next call.
    pub async fn requested(&self) -> io::Result<()> {
        // A handle of its own, so that those who wait at once do not take each other's place.
        let handle = self.handle.clone();
        let receive = |mut io: &mio::net::UnixStream| io.read(&mut [0]).map(drop);
        poll_fn(|cx| handle.poll_io(Direction::Read, cx, receive)).await
    }
}

impl Drop for Termination {
    fn drop(&mut self) {
        for action in self.actions.drain(..) {
            unregister(action);
        }
    }
}

impl fmt::Debug for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Termination").finish_non_exhaustive()
    }
}
