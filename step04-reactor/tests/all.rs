//! All tests of this step, in one binary. By hand: `cargo test reactor::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step04_reactor as step;

mod block_on;
mod common;
mod executor;
mod executor_model;
mod guess;
mod net;
mod net_accept;
mod net_end;
mod net_one_waiter;
mod net_outlive;
mod net_reset;
mod net_short;
mod net_wait;
mod options;
mod program;
mod reactor;
mod reentry;
mod register;
mod select;
mod select_model;
mod shutdown;
mod slab;
mod slab_sockets;
mod spawn;
mod task;
mod task_cancel;
mod task_chain;
mod task_drop;
mod task_model;
mod task_panic;
mod told;
mod told_reentry;
mod told_sockets;
mod told_wait;
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
