//! The runtime, as far as it goes in this step: an executor with its tasks, and two
//! futures that need no runtime at all. Sockets and timers are still smol's.
//!
//! Read `executor.rs` first, then `task.rs`. The runtime knows nothing of the game.

mod drop_queue;
mod executor;
mod select;
mod task;
mod task_state;
mod waker_slot;
mod yield_now;

pub use executor::{block_on, spawn};
pub use select::{Either, Select, select};
pub use task::Task;
pub use yield_now::{YieldNow, yield_now};
