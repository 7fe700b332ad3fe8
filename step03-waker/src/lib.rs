//! Step 03: wakers.
//!
//! The guessing game on an executor that polls a task only after something woke it, and
//! that parks the thread when nothing is woken. The sockets and the timers are still
//! smol's.
//!
//! # What is where, in reading order
//!
//! 1. `runtime/waker.rs`: a waker, which queues its task for one more poll.
//! 2. `runtime/inbox.rs`: where wakes from other threads arrive.
//! 3. `runtime/executor.rs`: the loop, which now has a queue and a place to park.
//! 4. `runtime/task_state.rs`: a task has an id and a waker now.
//! 5. `runtime/sync.rs`: the types that `tests/loom.rs` replaces by those of loom.
//!
//! The game in `game/` is the same as in step 01, except for the names that it imports.
//! The runtime knows nothing of the game.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket. smol's reactor sees the event on a thread of its own, and calls the
//! waker that the connection's task left behind. The waker puts the task's id into our
//! inbox and unparks our thread. [`block_on`](runtime::block_on) moves the id into the
//! run queue and polls the task. The `read` returns the bytes now, and the task writes
//! the answer. Then it finds nothing more to read, leaves its waker again, and the thread
//! parks.
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
