//! Runs the cases, several at once unless they would disturb each other.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Case, Ctx, Target};
use kit::{report::Report, verdict::Skip};

/// How many cases run at once. Most cases wait most of the time.
const AT_ONCE: usize = 4;

/// Runs those of the given cases whose rule the target has to keep.
pub fn run(
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
        let (reports, finished) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..at_once {
                let (reports, cases, next, stop) = (reports.clone(), &cases, &next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed)
                        && let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let began = Instant::now();
                        let mut report = run_case(case, target);
                        report.took = began.elapsed();
                        let _ = reports.send((*case, report));
                    }
                });
            }
            drop(reports);
            for (case, found) in finished {
                let word = match (found.passed, found.skipped.len()) {
                    (1, _) => "ok  ",
                    (_, 1) => "skip",
                    _ => "FAIL",
                };
                progress(&format!("{word} {:5.1}s  {}", found.took.as_secs_f64(), case.name));
                stop.fetch_or(fail_fast && !found.failures.is_empty(), Ordering::Relaxed);
                report.add(found);
            }
        });
    }
    report.took = started.elapsed();
    report
}

fn run_case(case: &Case, target: &Target) -> Report {
    let ctx = Ctx { target, logs: Mutex::default() };
    let Err(error) = (case.run)(&ctx) else {
        return Report { passed: 1, ..Report::default() };
    };
    if let Some(Skip(reason)) = error.downcast_ref() {
        return Report::skipped(&format!("{}: {reason}", case.name));
    }
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let mut detail = causes.join("\n");
    let logs = ctx.logs.into_inner().unwrap_or_default();
    // A case that starts many servers fails at the last ones.
    for log in logs.iter().rev().take(2).rev() {
        detail.push_str(&format!("\n{log}"));
    }
    Report::failed(case.name, &detail)
}

/// Raises the limit of open descriptors as far as the system allows, for this process and the servers that it
/// starts.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // If the limit stays low, the cases that need more are skipped.
    let _ = setrlimit(Resource::Nofile, raised);
}
