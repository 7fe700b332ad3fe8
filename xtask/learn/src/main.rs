//! The reader's commands: `start`, `check`, `hint`, `compare`, `progress` and `diff`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use kit::steps::Workspace;
use learn::{along, diff};

/// Learn by building the steps yourself.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Create the folder in which you build a step yourself
    Start(along::StartArgs),
    /// Run the tests of your tasks, and begin the next task when they pass
    Check(along::CheckArgs),
    /// Show the next hint for your task
    Hint(along::HintArgs),
    /// Show how your code differs from ours
    Compare(along::CompareArgs),
    /// Show how far you are with each step
    Progress,
    /// Show what changes from one step to another, the most important file first
    Diff(diff::DiffArgs),
}

fn main() -> ExitCode {
    let command = Command::parse();
    kit::run(|workspace| run(workspace, &command))
}

fn run(workspace: &Workspace, command: &Command) -> Result<bool> {
    match command {
        Command::Start(args) => along::start(workspace, args)?,
        Command::Check(args) => return along::check(workspace, args),
        Command::Hint(args) => along::hint(workspace, args)?,
        Command::Compare(args) => along::compare(workspace, args)?,
        Command::Progress => along::progress(workspace)?,
        Command::Diff(args) => diff::run(workspace, args)?,
    }
    Ok(true)
}
