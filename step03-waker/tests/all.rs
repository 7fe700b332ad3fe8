//! All tests of this step, in one binary. By hand: `cargo test waker::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step03_waker as step;

mod block_on;
mod client;
mod common;
mod connection;
mod executor;
mod executor_model;
mod goodbye;
mod guess;
mod options;
mod program;
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
mod told_wakes;
mod user_waker;
mod waker;
mod waker_drop;
mod waker_end;
mod waker_flag;
mod waker_own;
mod waker_queue;
mod waker_threads;
mod yield_now;
