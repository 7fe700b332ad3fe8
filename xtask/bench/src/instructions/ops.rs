//! What the operations cost that criterion times, too: `examples/ops.rs` does one of them on one runtime so many times.
//!
//! It runs twice, the second time with twice as many repetitions, and the difference is what those cost.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};

use super::{
    callgrind::{self, Callgrind},
    table::{Row, Target},
};

/// The runtimes.
const RUNTIMES: [&str; 3] = ["step06", "tokio", "smol"];

/// Ahead of both.
const AHEAD: &[Target] = &[Target { at_most: 1.0, of: &["tokio", "smol"] }];

/// Ahead of both by so much that nobody asks about the rest.
const WELL_AHEAD: &[Target] = &[Target { at_most: 0.7, of: &["tokio", "smol"] }];

/// At half the price.
const HALF: &[Target] = &[Target { at_most: 0.5, of: &["tokio", "smol"] }];

/// An operation.
#[derive(Debug, Clone, Copy)]
pub struct Op {
    /// What the program knows it by.
    id: &'static str,
    /// What it is, and of what one is counted.
    pub name: &'static str,
    /// How often the shorter run repeats it.
    times: u64,
    /// What is wanted.
    targets: &'static [Target],
}

/// All of them.
pub const OPS: [Op; 13] = [
    op("block_on", "block_on of a ready future", 1000, AHEAD),
    op("spawn-join", "spawn and join one: a task", 1000, WELL_AHEAD),
    op("spawn-1000", "spawn 1,000, then join all: a task", 5, WELL_AHEAD),
    op("yield-1", "yield_now, 1 task: a yield", 1000, WELL_AHEAD),
    op("yield-100", "yield_now, 100 tasks: a yield", 100, WELL_AHEAD),
    op("yield-1000", "yield_now, 1,000 tasks: a yield", 10, WELL_AHEAD),
    op("ping-pong", "ping-pong of two tasks over a channel: there and back", 1000, AHEAD),
    op("wake-from-thread", "wake from another thread: a wake", 400, AHEAD),
    op("broadcast-10000", "broadcast to 10,000 waiting tasks: a task", 1, AHEAD),
    op("timer-1", "timer made, polled and dropped, no other: a timer", 20, HALF),
    op("timer-10000", "timer made, polled and dropped, 10,000 others: a timer", 20, HALF),
    op("timers-fire-10000", "10,000 timers that fire: a timer", 1, HALF),
    op("tcp-echo", "TCP echo: there and back", 500, AHEAD),
];

/// An operation.
const fn op(id: &'static str, name: &'static str, times: u64, targets: &'static [Target]) -> Op {
    Op { id, name, times, targets }
}

/// Counts what an operation costs on each runtime.
pub fn row(callgrind: &Callgrind, binary: &Path, op: Op, note: &dyn Fn(&str)) -> Result<Row> {
    let mut counts = BTreeMap::new();
    for runtime in RUNTIMES {
        let label = format!("{}: {runtime}", op.name);
        note(&label);
        let run = |times: u64| -> Result<(u64, u64)> {
            let launch = callgrind.launch(binary, &label);
            let mut program = launch.only_args(&[op.id, runtime, &times.to_string()]).spawn()?;
            let count = callgrind::count(&mut program)?;
            let said = program.log().stdout();
            let units = said.trim().parse().with_context(|| {
                format!("the program says {said:?} and {}", program.log().stderr())
            })?;
            Ok((count, units))
        };
        let count = |times| callgrind::steady(runtime, || run(times));
        let (few, units) = count(op.times).with_context(|| label.clone())?;
        let (many, _) = count(2 * op.times).with_context(|| label.clone())?;
        ensure!(units > 0, "{label}: no units");
        counts.insert(runtime, (many as f64 - few as f64) / (op.times * units) as f64);
    }
    Ok(Row { name: op.name.to_owned(), counts, targets: op.targets })
}
