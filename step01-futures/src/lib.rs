//! Step 01: futures.
//!
//! Two futures written by hand, [`select`](select::select) and [`yield_now`](yield_now::yield_now), and a game that
//! needs them: a TCP server that plays with everyone at once. Everything that makes futures run is borrowed from smol.
#![forbid(unsafe_code)]

pub mod connection;
pub mod game;
pub mod lines;
pub mod options;
pub mod select;
pub mod yield_now;
