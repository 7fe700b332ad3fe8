//! `cargo xtask faults`: lets the system calls of the last step's server fail, one kind at a time, and checks that only
//! the clients concerned notice.
//!
//! The kernel does not fail on demand, so strace injects the errors. Its log is the proof that a fault has occurred. Two
//! faults would be unfair: `EAGAIN` from a socket that is ready, because it consumes the event that the server then waits
//! for; and a faked success, which moves no bytes.

mod cases;
mod scene;
mod starting;

use anyhow::Result;
use kit::{
    cargo, note,
    report::{Report, printed},
    steps::Workspace,
};
use suite::Target;

/// The step whose server the faults are for.
pub const STEP: u8 = 6;

/// Tries all faults, and returns whether all checks passed.
pub fn run(workspace: &Workspace) -> Result<bool> {
    let binary = cargo::server(workspace, workspace.step(STEP)?)?;
    printed(&check(&Target { binary, level: STEP }, &|line| note!("{line}")))
}

/// Tries all faults. Without strace it tries none, and the report says how to get strace.
pub fn check(target: &Target, note: &dyn Fn(&str)) -> Report {
    match suite::strace::missing() {
        Some(reason) => Report::skipped(&reason),
        None => {
            let cases = [cases::CASES, starting::CASES].into_iter().flatten();
            suite::run(cases, target, note, false)
        }
    }
}
