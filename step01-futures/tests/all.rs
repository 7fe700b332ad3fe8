//! All tests of this step, in one binary. By hand: `cargo test select::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step01_futures as step;

mod client;
mod common;
mod connection;
mod goodbye;
mod guess;
mod options;
mod select;
mod select_model;
mod server;
mod yield_now;
