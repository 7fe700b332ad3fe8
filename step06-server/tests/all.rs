//! All tests of this step, in one binary. By hand: `cargo test task_group::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step06_server as step;

mod common;
mod executor;
mod executor_model;
mod guess;
mod interval;
mod net;
mod net_end;
mod net_outlive;
mod net_reset;
mod net_short;
mod net_wait;
mod options;
mod program;
mod reactor;
mod reentry;
mod select;
mod select_model;
mod shutdown;
mod slab;
mod task;
mod task_chain;
mod task_drop;
mod task_model;
mod task_panic;
mod task_panic_output;
mod time;
mod time_cancel;
mod time_model;
mod time_outlive;
mod time_reentry;
mod timeout;
mod told;
mod told_reentry;
mod told_sockets;
mod told_timers;
mod told_wakes;
mod turns;
mod user_waker;
mod waker;
mod waker_drop;
mod waker_end;
mod waker_threads;
mod yield_now;
