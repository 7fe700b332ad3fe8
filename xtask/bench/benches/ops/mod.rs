//! The operations by which runtimes are compared: each is written once, and generic over the runtime.
//!
//! Criterion times them (`benches/runtime.rs`), and callgrind counts their instructions (`examples/ops.rs`). All runtimes
//! use the same channels, those of `async-channel` and `async-broadcast`, for step 06 has none of its own; so what differs
//! is how the runtimes poll, wake and wait.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use futures::*;

mod futures;
pub mod ours;
pub mod smol;
mod timers;
pub mod tokio;

/// A runtime with one thread.
pub trait Runtime {
    /// What it goes by.
    const NAME: &'static str;

    /// A spawned task, to be awaited.
    type Task<T: Send + 'static>: Future<Output = T>;

    /// A timer.
    type Sleep: Future;

    /// A connection.
    type Stream;

    /// Makes one that can be used again and again, if there is anything to make.
    fn new() -> Self;

    /// Runs a future to its end.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Starts a task. It is `Send` because tokio's quickest way, which is not its `LocalSet`, wants it to be.
    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static;

    /// Lets the others have their turn.
    fn yield_now() -> impl Future<Output = ()> + Send;

    /// A timer that is not polled yet.
    fn sleep(time: Duration) -> Self::Sleep;

    /// One for a moment.
    fn sleep_until(moment: Instant) -> Self::Sleep;

    /// Connects to a task of its own that sends back what it gets.
    fn connect(&self) -> impl Future<Output = Self::Stream>;

    /// Sends a message, and waits until it has come back.
    fn exchange(stream: &mut Self::Stream, message: &mut [u8]) -> impl Future<Output = ()>;
}

/// An operation.
#[derive(Debug, Clone, Copy)]
pub struct Op {
    /// What it goes by.
    pub name: &'static str,
    /// How many of what is counted one repetition has: spawned tasks, for one.
    pub units: u64,
}

/// All of them.
pub const OPS: [Op; 13] = [
    Op { name: "block_on", units: 1 },
    Op { name: "spawn-join", units: 1 },
    Op { name: "spawn-1000", units: 1000 },
    Op { name: "yield-1", units: 1 },
    Op { name: "yield-100", units: 100 },
    Op { name: "yield-1000", units: 1000 },
    Op { name: "ping-pong", units: 1 },
    Op { name: "wake-from-thread", units: 1 },
    Op { name: "broadcast-10000", units: 10_000 },
    Op { name: "timer-1", units: 1000 },
    Op { name: "timer-10000", units: 1000 },
    Op { name: "timers-fire-10000", units: 10_000 },
    Op { name: "tcp-echo", units: 1 },
];

/// Does an operation so many times, and tells how long that took without what came before and after. `slowness` is that of
/// the machine: 1, or more where valgrind is the machine.
pub fn run<R: Runtime>(op: Op, times: u64, slowness: u32) -> Duration {
    let runtime = R::new();
    let r = &runtime;
    match op.name {
        "block_on" => {
            let start = Instant::now();
            (0..times).for_each(|_| r.block_on(async {}));
            start.elapsed()
        }
        "spawn-join" => r.block_on(spawn_join(r, times)),
        "spawn-1000" => r.block_on(spawn_many(r, op.units, times)),
        "yield-1" | "yield-100" | "yield-1000" => r.block_on(yields(r, op.units, times)),
        "ping-pong" => r.block_on(ping_pong(r, times)),
        "wake-from-thread" => r.block_on(wake_from_thread(times, slowness)),
        "broadcast-10000" => r.block_on(broadcast(r, op.units, times)),
        "timer-1" => r.block_on(timers::come_and_go::<R>(0, op.units * times)),
        "timer-10000" => r.block_on(timers::come_and_go::<R>(10_000, op.units * times)),
        "timers-fire-10000" => r.block_on(timers::fire::<R>(op.units, times, slowness)),
        "tcp-echo" => r.block_on(echo(r, times)),
        name => unreachable!("{name} is no operation"),
    }
}

/// The same for the runtime of that name. `None` if there is none.
pub fn run_on(runtime: &str, op: Op, times: u64, slowness: u32) -> Option<Duration> {
    match runtime {
        ours::Ours::NAME => Some(run::<ours::Ours>(op, times, slowness)),
        tokio::Tokio::NAME => Some(run::<tokio::Tokio>(op, times, slowness)),
        smol::Smol::NAME => Some(run::<smol::Smol>(op, times, slowness)),
        _ => None,
    }
}

/// The names of the runtimes.
pub const RUNTIMES: [&str; 3] = [ours::Ours::NAME, tokio::Tokio::NAME, smol::Smol::NAME];
