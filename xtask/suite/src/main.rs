//! `cargo xtask suite` and `cargo xtask ladder`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use kit::{cargo, note, outln, report::printed, steps::Workspace};
use suite::{Case, Target, ladder};

/// The commands that look at a server from outside.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Check the game's rules against a step's server, or against any other server
    Suite {
        /// The step whose rules must hold
        #[arg(default_value_t = 6)]
        level: u8,
        /// Check this program instead of the step's own
        #[arg(long)]
        binary: Option<PathBuf>,
        /// Check only the rules whose sentence contains this
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
    /// Show what each step can do and what it cannot do yet
    Ladder,
}

fn main() -> ExitCode {
    let command = Command::parse();
    kit::run(|workspace| run(workspace, command))
}

fn run(workspace: &Workspace, command: Command) -> Result<bool> {
    let progress = |line: &str| note!("{line}");
    match command {
        Command::Suite { level, binary, only } => {
            let binary = match binary {
                Some(binary) => binary,
                None => cargo::server(workspace, workspace.step(level)?)?,
            };
            let target = Target { binary, level };
            let wanted = |case: &&Case| only.as_ref().is_none_or(|only| case.name.contains(only));
            let cases = suite::cases().filter(wanted);
            printed(&suite::run(cases, &target, &progress, false))
        }
        Command::Ladder => {
            let binaries = cargo::servers(workspace, None)?;
            let (table, report) = ladder::run(workspace, &binaries, &progress);
            outln!("{table}");
            printed(&report)
        }
    }
}
