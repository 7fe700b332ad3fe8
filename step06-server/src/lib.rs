//! Step 06: a server.
//!
//! The guessing game as a server that you could leave running overnight. No client can
//! make the server use more than a little memory, hold the thread, or keep the process
//! from ending. A panic ends only one task. A signal ends the game, and every client gets
//! its last line.
//!
//! # What is where, in reading order
//!
//! The runtime, and what it gains in this step:
//!
//! 1. `runtime/task_state.rs` and `runtime/panics.rs`: a panic ends only one task.
//! 2. `runtime/budget.rs`: no task can hold the thread.
//! 3. `runtime/waiters.rs` and `runtime/readiness.rs`: tasks wait in line for a socket.
//! 4. `runtime/task_group.rs`: tasks that are awaited or cancelled together.
//! 5. `runtime/signal`: a future that completes when the process is asked to end.
//!
//! The server, which this step rewrites:
//!
//! 1. `game/lines.rs`: lines of bounded length.
//! 2. `game/connection.rs`: shared buffers, back-pressure, and a close that loses
//!    nothing.
//! 3. `game/seats.rs` and `game/server.rs`: limits, the end of the game, and the drain.
//! 4. `game/output.rs`: log lines that never block.
//! 5. `game/options.rs` and `main.rs`: the command line and the exit status.
//!
//! Dependencies point one way: `main.rs` uses the game, and the game uses the runtime.
//! All files of the runtime are listed in `runtime/mod.rs`.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket, and ends the wait in the poller. The reactor finds the socket by the
//! token of the event, remembers that it is readable, and wakes the tasks that wait in
//! its line. A wake puts the task into the run queue, and the next turn of
//! [`block_on`](runtime::block_on) polls it. The `read` puts the bytes into a buffer
//! that all connections share. [`Lines`](game::Lines) cuts them into lines, and one
//! write sends the answers to all of them. Because the read was short, the socket no
//! longer counts as readable, and the task waits in the socket's line again.
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
