//! The runtime: one thread, one loop, and what the loop looks after.
//!
//! | file | what it is |
//! | --- | --- |
//! | `executor.rs` | `block_on`, the loop, and `spawn` |
//! | `task.rs`, `task_state.rs` | a task: its handle and its state |
//! | `task_group.rs` | a group of tasks |
//! | `waker.rs`, `inbox.rs` | how a task gets back into the queue, from any thread |
//! | `reactor.rs`, `readiness.rs`, `source.rs` | sockets: which are ready, what waits |
//! | `net`, `signal`, `time.rs`, `interval.rs` | the futures that programs await |
//! | `timers.rs` | the deadlines behind the timers |
//! | `budget.rs`, `panics.rs`, `drop_queue.rs` | keep one task from harming others |
//! | `slab.rs`, `waker_slot.rs`, `waiters.rs`, `sync.rs` | the parts that these share |
//! | `select.rs`, `yield_now.rs` | two futures that need no runtime |
//!
//! Arrows point one way: `net` and `signal` use `source.rs`, which uses `readiness.rs`.
//! The runtime knows nothing of the game.

mod budget;
mod drop_queue;
mod executor;
mod inbox;
mod interval;
pub mod net;
mod panics;
mod reactor;
mod readiness;
mod select;
pub mod signal;
mod slab;
mod source;
mod sync;
mod task;
mod task_group;
mod task_state;
pub mod time;
mod timers;
mod waiters;
mod waker;
mod waker_slot;
mod yield_now;

pub use executor::{block_on, spawn};
pub use select::{Either, Select, select};
pub use task::Task;
pub use task_group::TaskGroup;
pub use yield_now::{YieldNow, yield_now};
