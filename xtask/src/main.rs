//! `cargo xtask`: drives tests, differences and games across all steps.

mod carry;
mod code;
mod diff;
mod ladder;
mod layout;
mod manifest;
mod neutral;
mod report;
mod steps;
mod suite;
mod test_all;
mod tree;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::steps::Workspace;

/// Drives tests, differences and games across all steps.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Check everything: each step alone, the game, the ladder, the layout, and this tool
    TestAll(test_all::TestAllArgs),
    /// Show what changes from one step to another, the most important file first
    Diff(diff::DiffArgs),
    /// Take the uncommitted edits of a step forward into the later steps
    Carry(carry::CarryArgs),
    /// Print the table of steps as README.md should have it
    #[command(hide = true)]
    Readme,
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // The causes belong to the sentence: the last one often says what to do.
            eprintln!("{} {error:#}", console::style("error:").for_stderr().red().bold());
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for, and says whether all is well.
fn run(command: &Command) -> Result<bool> {
    let workspace = Workspace::load()?;
    match command {
        Command::TestAll(args) => return test_all::run(&workspace, args),
        Command::Diff(args) => diff::run(&workspace, args)?,
        Command::Carry(args) => carry::run(&workspace, args)?,
        Command::Readme => print!("{}", layout::readme_table(&workspace)?),
    }
    Ok(true)
}
