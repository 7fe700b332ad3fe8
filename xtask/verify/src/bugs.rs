//! `cargo xtask bugs`: puts known bugs into copies of the steps, and checks that the test that is there for each of them
//! fails.

use std::time::Instant;

use anyhow::Result;
use clap::Args;
use kit::{
    bugs::{Bug, Run, Scratch, bugs_of, verdict},
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
    let report = check(workspace, args.step, &|now| progress.note(now), &|line, ran| {
        outln!("{line}");
        if args.show {
            outln!("{}\n{}\n", ran.diff, ran.output.trim_end());
        }
    });
    drop(progress);
    printed(&report?)
}

/// Puts in the bugs of one step or of all steps, and reports which of them were caught.
pub fn check(
    workspace: &Workspace,
    only: Option<u8>,
    note: &dyn Fn(&str),
    show: &dyn Fn(&str, &Run),
) -> Result<Report> {
    let began = Instant::now();
    let is_chosen = |step: &&Step| only.is_none_or(|number| number == step.meta.number);
    let mut known = Vec::new();
    for step in workspace.steps.iter().filter(is_chosen) {
        known.extend(bugs_of(workspace, step)?.into_iter().map(|bug| (step, bug)));
    }
    let bugs: Vec<(&Step, &Bug)> = known.iter().map(|(step, bug)| (*step, bug)).collect();
    let mut report = Report::default();
    let scratch = Scratch::new(workspace)?;
    let mut runs = scratch.run_all(&bugs, note)?;
    for (known, ran) in bugs.iter().zip(&mut runs) {
        if ran.built && ran.passed {
            // A test of who gets the processor can miss its bug on a busy machine. Try once more, without the other bugs.
            kit::note!("{}: not noticed at first, so once more", known.1.name);
            *ran = scratch.run_all(&[*known], note)?.remove(0);
        }
    }
    for ((step, bug), ran) in bugs.iter().zip(runs) {
        let name = format!("{}: {}", step.name, bug.name);
        match verdict(bug, &ran) {
            Ok(()) => {
                report.passed += 1;
                show(&format!("caught {name}, by {}", bug.test), &ran);
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
