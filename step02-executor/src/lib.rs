//! Step 02: an executor.
//!
//! [`block_on`](executor::block_on) runs a future and every task that was [`spawn`](executor::spawn)ed meanwhile, all
//! on the calling thread. It does not know yet who can go on, so it asks everyone, round and round, and burns a core
//! doing so. Sockets and timers are still smol's.
#![forbid(unsafe_code)]

pub mod connection;
pub mod executor;
pub mod game;
pub mod lines;
pub mod options;
pub mod select;
mod slab;
pub mod task;
pub mod yield_now;
