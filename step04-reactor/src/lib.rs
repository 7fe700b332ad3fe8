//! Step 04: a reactor.
//!
//! The guessing game on an executor that waits for its own sockets. The thread parks in
//! the poller of the operating system, so no second thread has to wait for it. The timers
//! are still smol's.
//!
//! # What is where, in reading order
//!
//! 1. `runtime/readiness.rs`: what is known about a socket between two events.
//! 2. `runtime/slab.rs`: numbered slots, so that an event can name its socket.
//! 3. `runtime/reactor.rs`: registers sockets with the poller, and waits in it.
//! 4. `runtime/source.rs`: a socket that is registered.
//! 5. `runtime/net`: the futures that connect, accept, read and write.
//! 6. `runtime/executor.rs` and `runtime/inbox.rs`: the thread parks in the poller now.
//!
//! The game in `game/` is the same as in step 01, except for the names that it imports.
//! The runtime knows nothing of the game. Inside the runtime, `net` uses `source.rs`,
//! which uses `readiness.rs`.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket, and ends the wait in the poller. The reactor finds the socket by the
//! token of the event, remembers that it is readable, and wakes the task that waits for
//! it. The wake puts the task into the run queue, and the next turn of
//! [`block_on`](runtime::block_on) polls it. The `read` returns fewer bytes than it had
//! room for, so the socket no longer counts as readable. The task writes the answer and
//! leaves its waker in the socket's readiness, and the thread goes back to the poller.
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
