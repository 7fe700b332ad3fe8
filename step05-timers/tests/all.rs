//! All tests of this step, in one binary. By hand: `cargo test time::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step05_timers as step;

mod common;
mod interval;
mod net;
mod net_end;
mod net_one_waiter;
mod net_outlive;
mod net_reset;
mod net_short;
mod net_wait;
mod reactor;
mod reentry;
mod slab;
mod time;
mod time_cancel;
mod time_limits;
mod time_model;
mod time_outlive;
mod time_reentry;
mod timeout;
mod told_sockets;
mod told_timers;
mod turns;
