//! Step 03: wakers.
//!
//! A task is polled only after somebody woke it. Wakes from the runtime's own thread go straight into the run queue,
//! wakes from other threads into an inbox, and while there are none the thread is parked. Sockets and timers are still
//! smol's: its thread is one of those others.
#![forbid(unsafe_code)]

pub mod connection;
pub mod executor;
pub mod game;
pub mod lines;
pub mod options;
pub mod select;
mod slab;
mod sync;
pub mod task;
mod waker;
pub mod yield_now;
