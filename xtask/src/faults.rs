//! `cargo xtask faults`: lets the system calls of the last step's server fail, one kind at a time, and sees that only
//! those whom it concerns notice.
//!
//! The kernel rarely fails to order, so strace does it in its place. What it writes down is the proof that the fault came
//! to pass. Two things it must not do: fake `EAGAIN`, which a socket that is ready never gives, and which takes the edge
//! that the server then waits for; and fake success, which moves no bytes.

mod accept;
mod pieces;
mod poller;
mod scene;
mod starting;
pub mod strace;
mod transfer;
mod unheard;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use comfy_table::{Table, presets};

use crate::{
    build,
    out::{out, outln},
    report::Report,
    steps::Workspace,
    suite::{self, Case, Target},
};

/// The step whose server this is about.
pub const STEP: u8 = 6;

/// Which faults to try.
#[derive(Debug, Args)]
pub struct FaultsArgs {
    /// Only those whose sentence contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// A server to try them on instead of the last step's own
    #[arg(long, value_name = "PROGRAM", hide = true)]
    binary: Option<PathBuf>,
}

/// Tries the faults that were asked for, prints what came of them, and says whether all is well.
pub fn run(workspace: &Workspace, args: &FaultsArgs) -> Result<bool> {
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => build::server(workspace, workspace.step(STEP)?)?,
    };
    let wanted = |case: &Case| args.only.as_ref().is_none_or(|only| case.name.contains(only));
    let progress = |line: &str| eprintln!("{line}");
    let report = check(&Target { binary, level: STEP }, &wanted, &progress, false);
    if !report.findings.is_empty() {
        outln!("{}\n", table(&report));
    }
    out!("{report}");
    Ok(report.failures.is_empty())
}

/// Tries those of the faults that are wanted. Without strace, none: the report says so, and what to do about it.
pub fn check(
    target: &Target,
    wanted: &dyn Fn(&Case) -> bool,
    progress: &dyn Fn(&str),
    fail_fast: bool,
) -> Report {
    if let Some(reason) = strace::missing() {
        return Report { skipped: vec![reason], ..Report::default() };
    }
    let cases = cases().filter(|case| wanted(case));
    suite::run_some(cases, target, progress, fail_fast)
}

/// Every fault. Those that take long come first, so that the others run beside them.
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

/// What was seen, a row a fault.
fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["fault", "times", "what happened", "lost"]);
    for finding in &report.findings {
        let times = finding.times.to_string();
        table.add_row([&finding.name, &times, &finding.happened, &finding.lost]);
    }
    table.trim_fmt()
}
