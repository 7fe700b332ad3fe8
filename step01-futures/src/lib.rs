//! Step 01: futures.
//!
//! A TCP server plays a guessing game with many clients at once. Two futures that it
//! builds on are written by hand in this crate. Everything that runs futures is borrowed
//! from [smol]: its executor polls them, and its reactor waits for the sockets.
//!
//! # What is where, in reading order
//!
//! 1. `runtime/select.rs`: a future that waits for two others at once.
//! 2. `runtime/yield_now.rs`: a future that lets other tasks run.
//! 3. `game/rules.rs`: what ends a game, and which lines are guesses.
//! 4. `game/connection.rs`: plays with one client.
//! 5. `game/server.rs`: accepts clients, and ends the game for all of them.
//! 6. `game/options.rs` and `main.rs`: the command line and the exit status.
//!
//! The runtime knows nothing of the game. In the steps to come the runtime grows, file by
//! file, until nothing of smol is left. The game stays as it is.
//!
//! # How a byte travels
//!
//! A client sends `50` and a newline. The kernel stores the bytes in the receive buffer
//! of the socket. smol's reactor waits on a thread of its own for events like this one.
//! It calls the waker that the connection's task left behind when it last found nothing
//! to read. The waker puts the task into the run queue of smol's executor, and the
//! executor polls the task.
//!
//! The poll goes down from [`Connection::handle`](game::Connection::handle) through
//! [`select`](runtime::select()) to the socket, where a `read` now returns the bytes. The
//! line is complete, so the task compares the number with its target and writes the
//! answer. Then it polls for the next line, finds none, and leaves its waker again.
//!
//! [smol]: https://docs.rs/smol
#![forbid(unsafe_code)]

pub mod game;
pub mod runtime;
