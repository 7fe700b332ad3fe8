//! Step 02: an executor.
//!
//! The guessing game of step 01, on an executor of our own. It polls every future over
//! and over, whether it can go on or not. The sockets and timers are still smol's.
//!
//! # What is where, in reading order
//!
//! 1. `runtime/executor.rs`: `block_on`, the loop that polls everything, and `spawn`.
//! 2. `runtime/task.rs`: the handle that `spawn` returns.
//! 3. `runtime/task_state.rs`: a task's future, and what becomes of it.
//! 4. `runtime/drop_queue.rs` and `runtime/waker_slot.rs`: two parts that tasks use.
//! 5. `main.rs`: enters the runtime, and prints what it does if `RUST_LOG=trace`.
//!
//! The game in `game/` is the same as in step 01, except for the names that it imports.
//! The runtime knows nothing of the game.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket. smol's reactor sees the event on a thread of its own, and calls the
//! waker that the connection's task left behind. Our waker does nothing, because the next
//! round of [`block_on`](runtime::block_on) polls the task anyway. The `read` returns the
//! bytes now, and the task writes the answer.
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
