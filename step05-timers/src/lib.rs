//! Step 05: timers.
//!
//! A [`Timer`](time::Timer) leaves its deadline and its task's waker with the runtime, and the poller is asked to wait
//! no longer than until the first deadline. Nothing of smol is left, and the process has one thread.
#![forbid(unsafe_code)]

pub mod connection;
pub mod executor;
pub mod game;
pub mod lines;
pub mod net;
pub mod options;
mod reactor;
pub mod select;
mod slab;
mod source;
mod sync;
pub mod task;
pub mod time;
mod timers;
mod waker;
pub mod yield_now;
