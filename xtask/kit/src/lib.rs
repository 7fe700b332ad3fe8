//! What the commands of `cargo xtask` share.
//!
//! - [`steps`], [`tree`], [`manifest`], [`neutral`] and [`code`] read the workspace: its steps, their files, and how the
//!   text of one step is held against that of another.
//! - [`cargo`] and [`binaries`] call cargo and understand its output. Nothing else does.
//! - [`bugs`] puts known bugs into copies of the steps, and runs the tests that catch them.
//! - [`report`], [`verdict`], [`out`](mod@out) and [`progress`] say what came of a check, and what is being done.

pub mod binaries;
#[cfg(unix)]
pub mod bugs;
pub mod cargo;
pub mod code;
pub mod manifest;
pub mod neutral;
pub mod out;
pub mod progress;
pub mod report;
pub mod steps;
pub mod tree;
pub mod verdict;

use std::process::ExitCode;

use anyhow::Result;
use console::style;

use crate::steps::Workspace;

/// Runs a command on the workspace. The exit status is 1 if the command fails, and if it finds that not all is well.
pub fn run(command: impl FnOnce(&Workspace) -> Result<bool>) -> ExitCode {
    let ended = Workspace::load().and_then(|workspace| command(&workspace));
    match ended.and_then(|is_well| out::finish().map(|()| is_well)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // The last cause often says what to do, so all of them are printed.
            note!("{} {error:#}", style("error:").for_stderr().red().bold());
            ExitCode::FAILURE
        }
    }
}
