//! The runtime, as far as it goes in this step: an executor with its tasks and their
//! wakers, and two futures that need no runtime at all. Sockets and timers are still
//! smol's.
//!
//! Read `waker.rs` and `inbox.rs` first, then `executor.rs` and `task.rs`. The runtime
//! knows nothing of the game.

mod drop_queue;
mod executor;
mod inbox;
mod select;
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
