//! `cargo xtask faults`: lets the system calls of the last step's server fail, one kind at a time, and checks that only
//! the clients concerned notice.
//!
//! The kernel does not fail on demand, so strace injects the errors. Its log is the proof that a fault has occurred. Two
//! faults would be unfair: `EAGAIN` from a socket that is ready, because it consumes the event that the server then waits
//! for; and a faked success, which moves no bytes.

mod cases;
mod scene;
mod starting;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use kit::{
    cargo, outln,
    report::{Report, printed},
    steps::Workspace,
};
use suite::{Case, Target};

/// The step whose server the faults are for.
pub const STEP: u8 = 6;

/// Which faults to try.
#[derive(Debug, Args)]
pub struct FaultsArgs {
    /// Try only the faults whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Try them on this server instead of the last step's own
    #[arg(long, value_name = "PROGRAM", hide = true)]
    binary: Option<PathBuf>,
}

/// Tries the faults that the arguments select, and prints the findings. Returns whether all checks passed.
pub fn run(workspace: &Workspace, args: &FaultsArgs) -> Result<bool> {
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => cargo::server(workspace, workspace.step(STEP)?)?,
    };
    let only = args.only.as_deref().unwrap_or_default();
    let target = Target { binary, level: STEP };
    let report = check(&target, only, &|line| kit::note!("{line}"), false);
    if !report.findings.is_empty() {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
        table.set_header(["fault", "times", "what happened", "lost"]);
        for finding in &report.findings {
            let times = finding.times.to_string();
            table.add_row([&finding.name, &times, &finding.happened, &finding.lost]);
        }
        outln!("{}\n", table.trim_fmt());
    }
    printed(&report)
}

/// Tries the faults whose name contains a text. Without strace it tries none, and the report says how to get strace.
pub fn check(target: &Target, only: &str, note: &dyn Fn(&str), fail_fast: bool) -> Report {
    match suite::strace::missing() {
        Some(reason) => Report::skipped(&reason),
        None => {
            let cases = [cases::CASES, starting::CASES].into_iter().flatten();
            let wanted = cases.filter(|case: &&Case| case.name.contains(only));
            suite::run_some(wanted, target, note, fail_fast)
        }
    }
}
