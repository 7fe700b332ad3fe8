//! The guessing game: a TCP server that plays with many clients at once.
//!
//! The files, in reading order: `rules.rs` (what ends a game, which lines are guesses),
//! `lines.rs` (cuts bytes into lines of bounded length), `connection.rs` (plays with one
//! client), `seats.rs` (limits how many clients play), `server.rs` (accepts clients, ends
//! the game, and closes every connection), `output.rs` (writes lines without blocking),
//! `options.rs` (the command line).
//!
//! A [`Server`] owns the listener and a group of tasks, one for each client. A task runs
//! [`Connection::handle`]. All tasks share a broadcast channel, whose only message is the
//! [`GameOver`] event. The server waits for the first of four things: a client wins, the
//! time is up, a signal arrives, or a client connects. The first three end the game.

mod connection;
mod lines;
mod options;
mod output;
mod rules;
mod seats;
mod server;

pub use connection::Connection;
pub use lines::{Lines, MAX_LINE};
pub use options::{Options, parse_duration};
pub use output::{Trace, log, print};
pub use rules::{GameOver, guess};
pub use server::Server;
