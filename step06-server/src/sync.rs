//! What threads share and wait with: std's, or in a build with `--cfg model` that of loom, which tries every
//! interleaving.

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

    /// Declares a thread-local as std's macro does, for loom's threads.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
        };
    }
    pub(crate) use per_thread;
}
