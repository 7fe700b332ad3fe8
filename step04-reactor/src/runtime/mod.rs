//! The runtime, as far as it goes in this step: an executor with its tasks and their
//! wakers, a reactor with its sockets, and two futures that need no runtime at all.
//! Timers are still smol's.
//!
//! Read `readiness.rs` and `reactor.rs` first, then `source.rs` and `net`. The executor
//! changes in one place: where it waits. The runtime knows nothing of the game.

mod drop_queue;
mod executor;
mod inbox;
pub mod net;
mod reactor;
mod readiness;
mod select;
mod slab;
mod source;
mod sync;
mod task;
mod task_state;
mod waker;
mod waker_slot;
mod yield_now;

pub use executor::{block_on, spawn};
pub use select::{Either, Select, select};
pub use task::Task;
pub use yield_now::{YieldNow, yield_now};
