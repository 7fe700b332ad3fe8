//! The types that threads use to share data and to wait. They come from std, or from
//! [loom] in a build with `--cfg model`. Loom runs the tests in `tests/loom.rs` in every
//! order of events with at most three preemptions. The runtime files that these tests
//! cover import the types from here.
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

    /// Works like `thread_local!` of std, for the threads of loom.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
        };
    }
    pub(crate) use per_thread;
}
