//! What contributors run: every test in one table, the rules of the workspace, planted bugs, the series of tasks, and
//! the deep checks.

mod bugs;
mod carry;
mod faults;
mod layout;
mod sanitize;
mod series;
mod test_all;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use kit::{note, out, report::printed, steps::Workspace};

/// Check everything.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Run all tests, and print one table of the results
    TestAll(test_all::TestAllArgs),
    /// Put known bugs into the steps, and check that a test catches each of them
    Bugs(bugs::BugsArgs),
    /// Make system calls of the last step's server fail, and check that it goes on serving
    Faults,
    /// Run the last step under AddressSanitizer and valgrind, which takes minutes
    Sanitize,
    /// Check the series of tasks that leads from each step to the next, or write one
    Series(series::SeriesArgs),
    /// Take the uncommitted edits of a step forward into the later steps
    Carry(carry::CarryArgs),
    /// Print the table of steps for README.md
    #[command(hide = true)]
    Readme,
}

fn main() -> ExitCode {
    let command = Command::parse();
    kit::run(|workspace| run(workspace, &command))
}

fn run(workspace: &Workspace, command: &Command) -> Result<bool> {
    match command {
        Command::TestAll(args) => return test_all::run(workspace, args),
        Command::Bugs(args) => return bugs::run(workspace, args),
        Command::Faults => return faults::run(workspace),
        Command::Sanitize => {
            return printed(&sanitize::check(workspace, &|line| note!("{line}"))?);
        }
        Command::Series(args) => return series::run(workspace, args),
        Command::Carry(args) => carry::run(workspace, args)?,
        Command::Readme => out!("{}", layout::readme_table(workspace)?),
    }
    Ok(true)
}
