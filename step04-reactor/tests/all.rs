//! All tests of this step, in one binary. By hand: `cargo test reactor::`.

// The modules say `step`, so that their text is the same in every step.
extern crate step04_reactor as step;

mod common;
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
mod told_sockets;
