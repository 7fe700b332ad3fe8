//! `cargo xtask guards`: takes out what the tests guard, one thing at a time, and sees them fail.
//!
//! A test that does not fail without the code it is there for guards nothing. So for every test of the last step, every
//! rule of the game, every fault and every test of this tool, `xtask/guards/*.toml` has a mutation of the source: a text
//! to be found, what replaces it, and the tests that must fail then. The last step has the tests of all steps.
//!
//! That none is left out, and that every text is still in its file, is a rule of the layout.

mod record;
mod trial;

use std::{
    collections::BTreeSet,
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use console::style;

pub use self::record::{Mutation, Record};
use self::trial::{Outcome, Trial};
use crate::{
    bugs::Scratch,
    out::{out, outln},
    report::{Failure, Report},
    steps::Workspace,
};

/// Which of them to try.
#[derive(Debug, Args)]
pub struct GuardsArgs {
    /// Only the mutations whose name, or one of whose tests, contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Show the changes, too
    #[arg(long)]
    show: bool,
    /// How many to try at the same time, each in a copy of its own
    #[arg(long, short, value_name = "N", default_value_t = NonZero::<usize>::MIN)]
    jobs: NonZero<usize>,
}

/// Tries the mutations that were asked for, and says whether all tests noticed what they should.
pub fn run(workspace: &Workspace, args: &GuardsArgs) -> Result<bool> {
    let record = Record::load(workspace)?;
    let faults = record.faults(workspace)?;
    let wanted =
        |mutation: &&Mutation| args.only.as_ref().is_none_or(|only| mutation.is_about(only));
    let mutations: Vec<&Mutation> = record.mutations.iter().filter(wanted).collect();
    if mutations.is_empty() {
        bail!("nothing in xtask/guards is about that: `cargo xtask guards` tries everything");
    }
    let began = Instant::now();
    let mut seen = BTreeSet::new();
    let mut report = Report::default();
    let mut number = 0;
    try_all(workspace, &mutations, args.jobs.get(), &mut |mutation, trial| {
        number += 1;
        outln!("{number}/{} {}", mutations.len(), style(&mutation.name).bold());
        let trial = match trial {
            Ok(trial) => trial,
            // The others can be tried all the same.
            Err(error) => {
                let (name, detail) = (mutation.name.clone(), format!("{error:#}"));
                outln!("    {} {detail}", style("CANNOT BE TRIED").red().bold());
                return report.failures.push(Failure { name, detail });
            }
        };
        if args.show {
            outln!("{}", trial.diff.trim_end());
        }
        for (test, outcome) in trial.outcomes {
            match outcome {
                Outcome::Failed(words) => {
                    outln!("    {} {test}: {words}", style("fails").green());
                    seen.insert(test);
                }
                Outcome::Passed(said) => {
                    outln!("    {} {test}", style("PASSES").red().bold());
                    let name = format!("{test}: does not notice that {}", mutation.name);
                    report.failures.push(Failure { name, detail: said });
                }
                Outcome::Skipped(reason) => report.skipped.push(reason),
            }
        }
    });
    report.passed = seen.len();
    report.took = began.elapsed();
    if args.only.is_none() {
        report.failures.extend(faults);
    }
    out!("\n{report}");
    Ok(report.failures.is_empty())
}

/// Tries mutations, some of them at the same time, and tells what came of each.
fn try_all(
    workspace: &Workspace,
    mutations: &[&Mutation],
    jobs: usize,
    tell: &mut dyn FnMut(&Mutation, Result<Trial>),
) {
    let next = AtomicUsize::new(0);
    let (trials, tried) = mpsc::channel();
    thread::scope(|scope| {
        for job in 0..jobs.min(mutations.len()) {
            let (trials, next) = (trials.clone(), &next);
            scope.spawn(move || {
                let scratch = Scratch::new(workspace, &format!("guards/{job}"));
                while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let scratch = scratch.as_ref().map_err(|error| anyhow!("{error:#}"));
                    let trial =
                        scratch.and_then(|scratch| trial::run(workspace, scratch, mutation));
                    if trials.send((*mutation, trial)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(trials);
        for (mutation, trial) in tried {
            tell(mutation, trial);
        }
    });
}
