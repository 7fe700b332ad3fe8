//! The guessing game: a TCP server that plays with many clients at once.
//!
//! The files, in reading order: `rules.rs` (what ends a game, which lines are guesses),
//! `connection.rs` (plays with one client), `server.rs` (accepts clients and ends the
//! game), `options.rs` (the command line).
//!
//! A [`Server`] owns the listener and starts one task for each client. The task runs
//! [`Connection::handle`]. All tasks share a broadcast channel, whose only message is the
//! [`GameOver`] event. A connection sends the event when its client wins, and a task
//! sends it when the time is up. Every connection receives the event and then sends its
//! goodbye line.

mod connection;
mod options;
mod rules;
mod server;

pub use connection::Connection;
pub use options::{Options, parse_duration};
pub use rules::{GameOver, guess};
pub use server::Server;
