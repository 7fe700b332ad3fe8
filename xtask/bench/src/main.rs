//! What the last step costs: loads, benchmarks against other runtimes, instruction counts, and long runs.
//!
//! - `load.rs`, `bench.rs`, `instructions.rs` and `soak.rs` are the commands.
//! - `server.rs` starts servers and reads their accounts; `talk.rs` and `crowd.rs` are the clients.
//! - `results.rs` holds the figures and prints the tables; `progress.rs` shows what is being measured.

mod bench;
mod crowd;
mod instructions;
mod load;
#[path = "../benches/ops/list.rs"]
mod ops;
mod progress;
mod results;
mod server;
mod soak;
mod talk;

use std::process::ExitCode;

use clap::Parser;

/// Measure what the steps cost.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Put a load on a server, and measure what it costs
    Load(load::LoadArgs),
    /// Compare the last step with its peers, or the steps with each other, in rounds
    Bench(bench::BenchArgs),
    /// Count the instructions of the last step's runtime and of others
    Instructions(instructions::InstructionsArgs),
    /// Put the last step's server under changing crowds for minutes
    Soak(soak::SoakArgs),
}

fn main() -> ExitCode {
    let command = Command::parse();
    kit::run(|workspace| match &command {
        Command::Load(args) => load::run(workspace, args).map(|()| true),
        Command::Bench(args) => bench::run(workspace, args),
        Command::Instructions(args) => instructions::run(workspace, args),
        Command::Soak(args) => soak::run(workspace, args),
    })
}
