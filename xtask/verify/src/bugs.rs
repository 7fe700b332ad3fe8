//! `cargo xtask bugs`: puts known bugs into copies of the steps, and checks that the test that is there for each of them
//! fails.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use kit::{
    bugs::{Bug, Scratch, bugs_of, verdict},
    outln,
    progress::Progress,
    report::{Failure, Report, printed},
    steps::{Step, Workspace},
};

/// Which bugs to put in.
#[derive(Debug, Args)]
pub struct BugsArgs {
    /// Put in the bugs of this step only, 1 to 6
    step: Option<u8>,
    /// Put in only the bugs whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Show each change, and what the test prints
    #[arg(long)]
    show: bool,
}

/// Puts bugs in, and returns whether all of them were caught.
pub fn run(workspace: &Workspace, args: &BugsArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let progress = Progress::start("bugs");
    let report = check(workspace, args, &|now| progress.note(now));
    drop(progress);
    printed(&report?)
}

/// Puts bugs in, and reports which of them were caught.
fn check(workspace: &Workspace, args: &BugsArgs, note: &dyn Fn(&str)) -> Result<Report> {
    let known = known(workspace, args.step)?;
    let only = args.only.as_deref().unwrap_or_default();
    let chosen: Vec<_> = known.iter().filter(|(_, bug)| bug.name.contains(only)).collect();
    if chosen.is_empty() && args.only.is_some() {
        let names: String = known.iter().map(|(_, bug)| format!("\n  {}", bug.name)).collect();
        bail!("no bug has {only:?} in its name. The names are:{names}");
    }
    let chosen: Vec<(&Step, &Bug)> = chosen.iter().map(|(step, bug)| (*step, bug)).collect();
    caught(workspace, &chosen, note, &|line, change, said| {
        outln!("{line}");
        if args.show {
            outln!("{change}\n{}\n", said.trim_end());
        }
    })
}

/// Checks all bugs of a step for `test-all`.
pub fn of_step(workspace: &Workspace, number: u8, note: &dyn Fn(&str)) -> Result<Report> {
    let known = known(workspace, Some(number))?;
    let chosen: Vec<(&Step, &Bug)> = known.iter().map(|(step, bug)| (*step, bug)).collect();
    caught(workspace, &chosen, note, &|_, _, _| {})
}

/// The known bugs of one step, or of all steps.
fn known(workspace: &Workspace, only: Option<u8>) -> Result<Vec<(&Step, Bug)>> {
    let steps = workspace.steps.iter().filter(|it| only.is_none_or(|only| only == it.meta.number));
    let mut known = Vec::new();
    for step in steps {
        known.extend(bugs_of(workspace, step)?.into_iter().map(|bug| (step, bug)));
    }
    Ok(known)
}

/// Runs the tests of these bugs. Shows those that were caught, each with its change and what its test printed.
fn caught(
    workspace: &Workspace,
    bugs: &[(&Step, &Bug)],
    note: &dyn Fn(&str),
    show: &dyn Fn(&str, &str, &str),
) -> Result<Report> {
    let began = Instant::now();
    let mut report = Report::default();
    let runs = Scratch::new(workspace)?.run_all(bugs, note)?;
    for ((step, bug), ran) in bugs.iter().zip(runs) {
        let name = format!("{}: {}", step.name, bug.name);
        match verdict(bug, &ran) {
            Ok(()) => {
                report.passed += 1;
                show(&format!("caught {name}, by {}", bug.test), &ran.diff, &ran.output);
            }
            Err(expected) => {
                let said = ran.output.trim_end();
                let detail = format!("{}\nexpected: {expected}\n{}\n{said}", bug.test, ran.diff);
                report.failures.push(Failure { name, detail });
            }
        }
    }
    report.took = began.elapsed();
    Ok(report)
}
