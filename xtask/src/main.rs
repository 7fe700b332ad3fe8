//! `cargo xtask`: drives tests, differences and games across all steps.

mod bisection;
mod build;
mod client;
mod ladder;
mod play;
mod report;
mod server;
mod steps;
mod suite;
mod verdict;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Drives tests, differences and games across all steps.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Holds a step's server, or any other, to the game's rules.
    #[command(hide = true)]
    Suite {
        /// The step whose rules hold.
        #[arg(default_value_t = 6)]
        level: u8,
        /// A server to hold to them instead of the step's own.
        #[arg(long)]
        binary: Option<PathBuf>,
        /// Runs only those rules whose sentence contains this.
        #[arg(long)]
        only: Option<String>,
        /// Stops at the first failure.
        #[arg(long)]
        fail_fast: bool,
    },
    /// Shows what each step can do and what it cannot do yet, probed from outside.
    Ladder {
        /// Only this step.
        #[arg(long)]
        step: Option<u8>,
    },
    /// Lets two bots play a step's game, and prints what everybody says as it happens.
    Play {
        /// The step's number.
        #[arg(default_value_t = 6)]
        step: u8,
        /// Does not wait between the guesses.
        #[arg(long)]
        fast: bool,
        /// Leaves the server to you and `nc`.
        #[arg(long, conflicts_with = "fast")]
        serve: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does it.
fn run(command: Command) -> Result<ExitCode> {
    let workspace = steps::Workspace::load()?;
    match command {
        Command::Suite {
            level,
            binary,
            only,
            fail_fast,
        } => {
            let binary = match binary {
                Some(binary) => binary,
                None => build::server(&workspace, workspace.step(level)?)?,
            };
            let target = suite::Target { binary, level };
            let progress = |line: &str| eprintln!("{line}");
            let report = match only {
                None => suite::run(&target, &progress, fail_fast),
                Some(only) => {
                    let wanted = |case: &suite::Case| case.name.contains(&only);
                    suite::run_some(&target, &wanted, &progress, fail_fast)
                }
            };
            print!("{report}");
            Ok(report.exit_code())
        }
        Command::Ladder { step } => {
            let binaries = build::servers(&workspace, step)?;
            let binary = |step: &steps::Step| binaries[&step.meta.number].clone();
            let progress = |line: &str| eprintln!("{line}");
            let (table, report) = ladder::run(&workspace, &binary, step, &progress);
            print!("{table}\n{report}");
            Ok(report.exit_code())
        }
        Command::Play { step, fast, serve } => {
            play::run(&workspace, step, fast, serve)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
