//! The guessing game: a TCP server that plays with many clients at once.
//!
//! The files, in reading order: `rules.rs` (what ends a game, which lines are guesses),
//! `connection.rs` (plays with one client), `server.rs` (accepts clients and ends the
//! game), `options.rs` (the command line).
//!
//! A [`Server`] owns the listener and starts one task for each client. The task runs
//! [`Connection::handle`]. All of them share a broadcast channel, and its one message is
//! the [`GameOver`] event: a connection sends it when its client wins, the time limit
//! sends it when the time is up, and every connection receives it and sends its
//! goodbye line.

mod connection;
mod options;
mod rules;
mod server;

pub use connection::Connection;
pub use options::{Options, parse_duration};
pub use rules::{GameOver, guess};
pub use server::Server;
