//! All tests of this step, in one binary. By hand: `cargo test task::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step02_executor as step;

mod block_on;
mod client;
mod common;
mod connection;
mod executor;
mod goodbye;
mod guess;
mod options;
mod program;
mod rounds;
mod select;
mod select_model;
mod server;
mod shutdown;
mod spawn;
mod task;
mod task_cancel;
mod task_chain;
mod task_drop;
mod task_memory;
mod task_model;
mod task_panic;
mod told;
mod told_reentry;
mod user_waker;
mod yield_now;
