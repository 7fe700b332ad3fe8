//! What threads share and wait with: std's, or in a build with `--cfg model` that of loom, which tries every
//! interleaving.

#[cfg(not(model))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic::AtomicBool},
    thread_local as per_thread,
};

/// Ends the wait of a thread that is parked in the poller.
#[cfg(not(model))]
pub(crate) use mio::Waker as Unparker;

#[cfg(model)]
pub(crate) use loom::{
    sync::{Mutex, MutexGuard, atomic::AtomicBool},
    thread::{self, Thread},
};

/// Ends the wait of a parked thread. Loom knows no poller, so its threads park by themselves.
#[cfg(model)]
pub(crate) struct Unparker(Thread);

#[cfg(model)]
impl Unparker {
    pub(crate) fn new(_: &mio::Registry, _: mio::Token) -> std::io::Result<Self> {
        Ok(Unparker(thread::current()))
    }

    pub(crate) fn wake(&self) -> std::io::Result<()> {
        self.0.unpark();
        Ok(())
    }
}

/// Declares a thread-local as std's macro does, for loom's threads.
#[cfg(model)]
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;) => {
        loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
    };
}
#[cfg(model)]
pub(crate) use per_thread;
