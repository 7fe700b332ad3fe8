//! Runs the operations by which runtimes are compared. Each is written once, and generic over the runtime.
//!
//! All runtimes use the same channels, those of `async-channel` and `async-broadcast`, because step 06 has none of its
//! own. So what differs is how the runtimes poll, wake and wait.

use std::time::{Duration, Instant};

use list::Op;
use runtimes::{Ours, Runtime, Smol, Tokio};

pub mod list;
mod runtimes;
mod tasks;
mod timers;

/// Repeats an operation on the runtime of this name, and returns how long that took without what came before
/// and after. `slowness` is that of the machine: 1, or more under valgrind. Returns `None` if there is no such runtime.
pub fn run_on(runtime: &str, op: Op, times: u64, slowness: u32) -> Option<Duration> {
    match runtime {
        "step06" => Some(run::<Ours>(op, times, slowness)),
        "tokio" => Some(run::<Tokio>(op, times, slowness)),
        "smol" => Some(run::<Smol>(op, times, slowness)),
        _ => None,
    }
}

fn run<R: Runtime>(op: Op, times: u64, slowness: u32) -> Duration {
    let runtime = R::new();
    let r = &runtime;
    match op.name {
        "block_on" => {
            let start = Instant::now();
            (0..times).for_each(|_| r.block_on(async {}));
            start.elapsed()
        }
        "spawn-join" => r.block_on(tasks::spawn_join(r, times)),
        "spawn-1000" => r.block_on(tasks::spawn_many(r, op.units, times)),
        "yield-1" | "yield-100" | "yield-1000" => r.block_on(tasks::yields(r, op.units, times)),
        "ping-pong" => r.block_on(tasks::ping_pong(r, times)),
        "wake-from-thread" => r.block_on(tasks::wake_from_thread(times, slowness)),
        "broadcast-10000" => r.block_on(tasks::broadcast(r, op.units, times)),
        "timer-1" => r.block_on(timers::come_and_go::<R>(0, op.units * times)),
        "timer-10000" => r.block_on(timers::come_and_go::<R>(10_000, op.units * times)),
        "timers-fire-10000" => r.block_on(timers::fire::<R>(op.units, times, slowness)),
        "tcp-echo" => r.block_on(tasks::echo(r, times)),
        name => unreachable!("{name} is no operation"),
    }
}
