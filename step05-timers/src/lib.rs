//! Step 05: timers.
//!
//! The guessing game on a runtime that keeps time itself. The poller sleeps until the
//! next deadline, and nothing of smol is left.
//!
//! # What is where, in reading order
//!
//! 1. `runtime/timers.rs`: the deadlines, in a heap, and the tasks to wake.
//! 2. `runtime/time.rs` and `runtime/interval.rs`: the futures that wait for them.
//! 3. `runtime/executor.rs` and `runtime/reactor.rs`: how long the thread parks.
//!
//! The game in `game/` is the same as in step 01, except for the names that it imports.
//! The runtime knows nothing of the game.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket, and ends the wait in the poller. The reactor finds the socket by the
//! token of the event, remembers that it is readable, and wakes the task that waits for
//! it. The wake puts the task into the run queue, and the next turn of
//! [`block_on`](runtime::block_on) polls it. The `read` returns the bytes, and the task
//! writes the answer. Before the thread goes back to the poller, it looks at the next
//! deadline, which is the end of the game, and waits no longer than that.
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
