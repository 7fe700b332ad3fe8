//! The types that threads share and wait with: those of std, or of [loom] if built with
//! `--cfg model`. Loom runs the tests in `tests/loom.rs` in every order of events that
//! the memory model allows. `inbox.rs`, `waker.rs` and `executor.rs` take these names
//! from here.
//!
//! [loom]: https://docs.rs/loom

#[cfg(model)]
pub(crate) use self::model::*;

#[cfg(not(model))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic::AtomicBool},
    thread::{self, Thread},
    thread_local as per_thread,
};

#[cfg(model)]
mod model {
    pub(crate) use loom::sync::{Mutex, MutexGuard, atomic::AtomicBool};
    pub(crate) use loom::thread::{self, Thread};

    /// Declares a thread-local like the macro of std, for the threads of loom.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
        };
    }
    pub(crate) use per_thread;
}
