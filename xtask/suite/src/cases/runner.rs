//! Runs the cases, several at once unless they would disturb each other.

use std::{
    fmt,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Case, Ctx, Target, cases};
use kit::{
    report::{Failure, Finding, Report},
    verdict::Skip,
};

/// How many cases run at once. Most cases wait most of the time.
const AT_ONCE: usize = 4;

/// Runs every case whose rule the target has to keep.
pub fn run(target: &Target, progress: &dyn Fn(&str), fail_fast: bool) -> Report {
    run_some(cases(), target, progress, fail_fast)
}

/// Runs those of the given cases whose rule the target has to keep.
pub fn run_some(
    cases: impl Iterator<Item = &'static Case>,
    target: &Target,
    progress: &dyn Fn(&str),
    fail_fast: bool,
) -> Report {
    let started = Instant::now();
    raise_open_files();
    let holds = |case: &&Case| case.from <= target.level && !case.except.contains(&target.level);
    let (alone, together): (Vec<&Case>, Vec<&Case>) =
        cases.filter(holds).partition(|case| case.alone);
    let mut report = Report::default();
    let stop = AtomicBool::new(false);
    for (cases, at_once) in [(together, AT_ONCE), (alone, 1)] {
        let next = AtomicUsize::new(0);
        let (results, finished) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..at_once {
                let (results, cases, next, stop) = (results.clone(), &cases, &next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed)
                        && let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let began = Instant::now();
                        let (outcome, finding) = run_case(case, target);
                        let _ = results.send((*case, outcome, finding, began.elapsed()));
                    }
                });
            }
            drop(results);
            for (case, outcome, finding, took) in finished {
                progress(&format!("{outcome} {:5.1}s  {}", took.as_secs_f64(), case.name));
                if matches!(outcome, Outcome::Failed(_)) && fail_fast {
                    stop.store(true, Ordering::Relaxed);
                }
                outcome.add_to(&mut report, case);
                report.findings.extend(finding);
            }
        });
    }
    report.took = started.elapsed();
    report
}

/// How a case ended.
#[derive(Debug)]
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

impl Outcome {
    /// Adds it to the report.
    fn add_to(self, report: &mut Report, case: &Case) {
        let name = case.name.to_owned();
        match self {
            Outcome::Passed => report.passed += 1,
            Outcome::Skipped(reason) => report.skipped.push(format!("{name}: {reason}")),
            Outcome::Failed(detail) => report.failures.push(Failure { name, detail }),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Passed => "ok  ",
            Outcome::Skipped(_) => "skip",
            Outcome::Failed(_) => "FAIL",
        })
    }
}

/// Runs one case. Returns its outcome, and its finding if it recorded one.
fn run_case(case: &Case, target: &Target) -> (Outcome, Option<Finding>) {
    let ctx = Ctx::new(case, target);
    let Err(error) = (case.run)(&ctx) else {
        return (Outcome::Passed, ctx.finding.into_inner().unwrap_or_default());
    };
    if let Some(Skip(reason)) = error.downcast_ref() {
        return (Outcome::Skipped(reason.clone()), None);
    }
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let mut detail = causes.join("\n");
    let logs = ctx.logs.into_inner().unwrap_or_default();
    // A case that starts many servers fails at the last ones.
    for log in logs.iter().rev().take(2).rev() {
        detail.push_str(&format!("\n{log}"));
    }
    (Outcome::Failed(detail), None)
}

/// Raises the limit of open descriptors as far as the system allows, for this process and the servers that it
/// starts.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // If the limit stays low, the cases that need more are skipped.
    let _ = setrlimit(Resource::Nofile, raised);
}
