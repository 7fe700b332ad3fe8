//! What the last step costs: loads, benchmarks against other runtimes, instruction counts, and long runs.

mod bench;
mod instructions;
mod load;
mod soak;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use kit::steps::Workspace;

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
    kit::run(|workspace| run(workspace, &command))
}

fn run(workspace: &Workspace, command: &Command) -> Result<bool> {
    match command {
        Command::Load(args) => load::run(workspace, args).map(|()| true),
        Command::Bench(args) => bench::run(workspace, args),
        Command::Instructions(args) => instructions::run(workspace, args),
        Command::Soak(args) => soak::run(workspace, args),
    }
}
