//! Step 06: a server.
//!
//! The game as a server one would leave running. Its players' tasks form a [`TaskGroup`](task_group::TaskGroup) that is
//! seen off when the game ends, by a signal too; no player can make it hold more than a little memory, keep the thread
//! to itself, or keep the process from ending.
#![forbid(unsafe_code)]

pub mod connection;
pub mod executor;
pub mod game;
pub mod lines;
pub mod net;
pub mod options;
mod reactor;
pub mod select;
pub mod signal;
mod slab;
mod source;
mod sync;
pub mod task;
pub mod task_group;
pub mod time;
mod timers;
mod waker;
pub mod yield_now;
