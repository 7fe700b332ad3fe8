//! What threads share and wait with: std's and mio's, or in a build with `--cfg model` that of loom, which tries every
//! interleaving.

#[cfg(model)]
pub(crate) use self::model::*;

#[cfg(not(model))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic::AtomicBool},
    thread_local as per_thread,
};

/// The poller, and what ends the wait of a thread that is parked in it.
#[cfg(not(model))]
pub(crate) use mio::{Poll, Waker as Unparker};

/// Loom knows no poller, so a thread parks by itself.
#[cfg(model)]
mod model {
    use std::{io, time::Duration};

    pub(crate) use loom::sync::{Mutex, MutexGuard, atomic::AtomicBool};
    use loom::thread::{self, Thread};
    use mio::{Events, Registry, Token};

    pub(crate) struct Unparker(Thread);

    impl Unparker {
        pub(crate) fn new(_: &Registry, _: Token) -> io::Result<Self> {
            Ok(Unparker(thread::current()))
        }

        pub(crate) fn wake(&self) -> io::Result<()> {
            self.0.unpark();
            Ok(())
        }
    }

    pub(crate) struct Poll(mio::Poll);

    impl Poll {
        pub(crate) fn new() -> io::Result<Self> {
            mio::Poll::new().map(Poll)
        }

        pub(crate) fn registry(&self) -> &Registry {
            self.0.registry()
        }

        pub(crate) fn poll(&mut self, _: &mut Events, limit: Option<Duration>) -> io::Result<()> {
            if limit.is_none() {
                thread::park();
            }
            Ok(())
        }
    }

    /// Declares a thread-local as std's macro does, for loom's threads.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
        };
    }
    pub(crate) use per_thread;
}
