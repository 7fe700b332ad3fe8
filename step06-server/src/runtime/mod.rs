//! The runtime: one thread, one loop, and what the loop looks after.
//!
//! | file | what it is |
//! | --- | --- |
//! | `executor.rs` | `block_on`, the loop, and `spawn` |
//! | `task.rs`, `task_state.rs` | a task: its handle and its state |
//! | `task_group.rs` | a group of tasks |
//! | `waker.rs`, `inbox.rs` | how a task gets back into the queue, from any thread |
//! | `reactor.rs`, `readiness.rs`, `source.rs` | sockets, and which tasks wait |
//! | `net`, `signal`, `time.rs` | the futures that programs await |
//! | `interval.rs`, `deadline.rs` | more futures, which are part of `time` |
//! | `timers.rs` | the deadlines behind the timers |
//! | `budget.rs`, `panics.rs`, `drop_queue.rs` | keep one task from harming others |
//! | `slab.rs`, `waker_slot.rs`, `waiters.rs`, `sync.rs` | the parts that these share |
//! | `select.rs`, `yield_now.rs` | two futures that need no runtime |
//!
//! Dependencies point one way: `net` and `signal` use `source.rs`, which uses
//! `readiness.rs`. The runtime knows nothing of the game.
//!
//! # What is left out
//!
//! Some things that other runtimes offer are left out on purpose. For most of them there
//! is a crate that works with this runtime, because any thread may call a waker:
//!
//! - **`Send`.** Tasks, sockets and timers stay on their thread, so they need no lock. To
//!   use every core, start one runtime on each, as the example `cores` does, and connect
//!   the runtimes by channels such as `async-channel`. A library that requires `Send`
//!   futures cannot be used.
//! - **Blocking calls**, such as those for files, standard input, processes, and name
//!   lookups: the crate `blocking` runs them on its own threads.
//! - **UDP, Unix sockets, and other descriptors:** `Async` of the crate `async-io` wraps
//!   any of them, and waits for them on one thread of its own.

mod budget;
mod deadline;
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
