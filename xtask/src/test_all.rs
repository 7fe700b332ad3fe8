//! `cargo xtask test-all`: everything that can be checked, and one table of what came of it.

mod cargo;
mod libtest;
pub mod progress;
mod session;
mod summary;

use anyhow::Result;
use clap::{Args, ValueEnum};

pub use self::cargo::{Cargo, listen};
use crate::{out::out, steps::Workspace, test_all::session::Session};

/// Set while this program's own tests run, so that they do not run themselves.
const NESTED: &str = "XTASK_TESTS_RUN";

/// What `test-all` checks.
#[derive(Debug, Args)]
pub struct TestAllArgs {
    /// Check this step only, 1 to 6
    #[arg(long, value_name = "N")]
    step: Option<u8>,
    /// Check the series of tasks, too: every version of every task is compiled, which takes most of an hour
    #[arg(long)]
    deep: bool,
    /// Stop at the first suite that fails
    #[arg(long)]
    fail_fast: bool,
    /// Run these suites only; separate several by commas
    #[arg(long = "suite", value_name = "SUITE", value_delimiter = ',')]
    suites: Vec<Suite>,
}

/// The suites that `test-all` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Each step's own tests, documentation included
    Tests,
    /// Each step's models, where it has some: every order in which its threads can run
    Loom,
    /// The game played with each step's program, seen from outside
    Game,
    /// Known bugs, put into each step one at a time: the test that is there for it must fail
    Bugs,
    /// The tasks that lead from each step to the next: each compiles, and turns a test green (only with `--deep`)
    Series,
    /// The game of the last step while its system calls fail
    Faults,
    /// The game played with the servers that the last step is measured against, by the rules of the first step
    Peers,
    /// What each step can and cannot do yet, seen from outside
    Ladder,
    /// The rules of the workspace
    Layout,
    /// The chapters: that they show the code and the runs as they are
    Docs,
    /// The last step under AddressSanitizer and valgrind
    Sanitize,
    /// The tests of this tool
    Xtask,
}

impl Suite {
    /// Its name, as one asks for it.
    fn name(self) -> &'static str {
        match self {
            Suite::Tests => "tests",
            Suite::Loom => "loom",
            Suite::Game => "game",
            Suite::Bugs => "bugs",
            Suite::Series => "series",
            Suite::Faults => "faults",
            Suite::Peers => "peers",
            Suite::Ladder => "ladder",
            Suite::Layout => "layout",
            Suite::Docs => "docs",
            Suite::Sanitize => "sanitize",
            Suite::Xtask => "xtask",
        }
    }
}

/// Checks everything that was asked for, and says whether all of it holds.
pub fn run(workspace: &Workspace, args: &TestAllArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let summary = Session::new(workspace, args)?.run();
    out!("{summary}");
    Ok(summary.all_passed())
}
