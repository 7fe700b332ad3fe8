//! `cargo xtask faults`: lets the system calls of the last step's server fail, one kind at a time, and checks that only
//! the clients concerned notice.
//!
//! The kernel does not fail on demand, so strace injects the errors. Its log is the proof that a fault has occurred. Two
//! faults would be unfair: `EAGAIN` from a socket that is ready, because it consumes the event that the server then waits
//! for; and a faked success, which moves no bytes.

mod accept;
mod pieces;
mod poller;
mod scene;
mod starting;
mod transfer;
mod unheard;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};

use kit::{cargo, out, outln, report::Report, steps::Workspace};
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
    let wanted = |case: &Case| args.only.as_ref().is_none_or(|only| case.name.contains(only));
    let progress = |line: &str| kit::note!("{line}");
    let report = check(&Target { binary, level: STEP }, &wanted, &progress, false);
    if !report.findings.is_empty() {
        outln!("{}\n", table(&report));
    }
    out!("{report}");
    Ok(report.failures.is_empty())
}

/// Tries the wanted faults. Without strace it tries none, and the report says how to get strace.
pub fn check(
    target: &Target,
    wanted: &dyn Fn(&Case) -> bool,
    progress: &dyn Fn(&str),
    fail_fast: bool,
) -> Report {
    if let Some(reason) = suite::strace::missing() {
        return Report { skipped: vec![reason], ..Report::default() };
    }
    let cases = cases().filter(|case| wanted(case));
    suite::run_some(cases, target, progress, fail_fast)
}

/// All faults. Slow ones come first, so that the others run beside them.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let parts = [
        pieces::CASES,
        starting::CASES,
        transfer::CASES,
        poller::CASES,
        accept::CASES,
        unheard::CASES,
    ];
    parts.into_iter().flatten()
}

/// The findings, one row for each fault.
fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
    table.set_header(["fault", "times", "what happened", "lost"]);
    for finding in &report.findings {
        let times = finding.times.to_string();
        table.add_row([&finding.name, &times, &finding.happened, &finding.lost]);
    }
    table.trim_fmt()
}
