//! The operations by which runtimes are compared. Criterion times them, and callgrind counts their instructions.

pub const RUNTIMES: [&str; 3] = ["step06", "tokio", "smol"];

/// Targets of the instructions: the figure of step 06 may be at most this multiple of that of each runtime.
type Targets = &'static [(&'static str, f64)];

const AHEAD: Targets = &[("tokio", 1.0), ("smol", 1.0)];
const WELL_AHEAD: Targets = &[("tokio", 0.7), ("smol", 0.7)];
const HALF: Targets = &[("tokio", 0.5), ("smol", 0.5)];

#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "each of the programs that share this list uses a part of it")]
pub struct Op {
    pub name: &'static str,
    /// What it is, and of what one is counted.
    pub title: &'static str,
    /// How many of these one repetition has.
    pub units: u64,
    /// How often callgrind's first run repeats it.
    pub times: u64,
    pub targets: Targets,
}

pub const OPS: [Op; 13] = [
    op("block_on", "block_on of a ready future", 1, 1000, AHEAD),
    op("spawn-join", "spawn and join one: a task", 1, 1000, WELL_AHEAD),
    op("spawn-1000", "spawn 1,000, then join all: a task", 1000, 5, WELL_AHEAD),
    op("yield-1", "yield_now, 1 task: a yield", 1, 1000, WELL_AHEAD),
    op("yield-100", "yield_now, 100 tasks: a yield", 100, 100, WELL_AHEAD),
    op("yield-1000", "yield_now, 1,000 tasks: a yield", 1000, 10, WELL_AHEAD),
    op("ping-pong", "ping-pong of two tasks over a channel: there and back", 1, 1000, AHEAD),
    op("wake-from-thread", "wake from another thread: a wake", 1, 400, AHEAD),
    op("broadcast-10000", "broadcast to 10,000 waiting tasks: a task", 10_000, 1, AHEAD),
    op("timer-1", "timer made, polled and dropped, no other: a timer", 1000, 20, HALF),
    op("timer-10000", "timer made, polled and dropped, 10,000 others: a timer", 1000, 20, HALF),
    op("timers-fire-10000", "10,000 timers that fire: a timer", 10_000, 1, HALF),
    op("tcp-echo", "TCP echo: there and back", 1, 500, AHEAD),
];

const fn op(
    name: &'static str,
    title: &'static str,
    units: u64,
    times: u64,
    targets: Targets,
) -> Op {
    Op { name, title, units, times, targets }
}
