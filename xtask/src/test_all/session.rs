//! One run of `test-all`: what runs, in which order, and what is left out.

mod own;
mod peers;

use std::time::Instant;

use anyhow::Result;

use crate::{
    bugs, docs, faults, ladder, layout,
    out::outln,
    report::{Failure, Report},
    sanitize, series,
    steps::{Step, Workspace},
    suite,
    test_all::{
        Suite, TestAllArgs,
        cargo::Cargo,
        progress::Progress,
        summary::{Column, Summary, label},
    },
};

/// One run of `test-all`.
#[derive(Debug)]
pub struct Session<'a> {
    /// What is checked.
    workspace: &'a Workspace,
    /// What was asked for.
    args: &'a TestAllArgs,
    /// Builds and tests.
    cargo: Cargo,
    /// What came of it so far.
    summary: Summary,
    /// The packages that do not build.
    broken: Vec<String>,
    /// Whether something failed and nothing more should be run.
    stopped: bool,
}

impl<'a> Session<'a> {
    /// A run that has not begun.
    pub fn new(workspace: &'a Workspace, args: &'a TestAllArgs) -> Result<Self> {
        Ok(Session {
            workspace,
            args,
            cargo: Cargo::new(workspace)?,
            summary: Summary::default(),
            broken: vec![],
            stopped: false,
        })
    }

    /// Runs everything that was asked for.
    pub fn run(mut self) -> Summary {
        self.build();
        for step in &self.workspace.steps {
            if self.is_chosen(step) {
                self.check_step(step);
            }
        }
        self.check(Suite::Series, "series", Column::Checks, |note, session| {
            series::check(session.workspace, session.args.step, None, false, note)
                .unwrap_or_else(failed)
        });
        self.check_peers();
        self.check_ladder();
        self.check(Suite::Layout, "layout", Column::Checks, |_, session| {
            layout::check(session.workspace, session.args.step)
        });
        self.check(Suite::Docs, "docs", Column::Checks, |note, session| {
            docs::check(session.workspace, session.args.step, note).unwrap_or_else(failed)
        });
        // It is about the last step.
        if self.workspace.steps.last().is_some_and(|step| self.is_chosen(step)) {
            self.check(Suite::Sanitize, "sanitize", Column::Checks, |note, session| {
                sanitize::check(session.workspace, note).unwrap_or_else(failed)
            });
        }
        self.check_self();
        self.summary
    }

    /// Whether a suite was asked for: by name, or with all the others.
    fn wants(&self, suite: Suite) -> bool {
        let is_common = suite != Suite::Series || self.args.deep;
        (self.args.suites.is_empty() && is_common) || self.args.suites.contains(&suite)
    }

    /// Runs a suite, if it was asked for, and adds its report to the summary.
    fn check(
        &mut self,
        suite: Suite,
        row: &str,
        column: Column,
        work: impl FnOnce(&dyn Fn(&str), &Self) -> Report,
    ) {
        if self.stopped || !self.wants(suite) {
            return;
        }
        let what = label(row, suite.name());
        let progress = Progress::start(&what);
        let started = Instant::now();
        let mut report = work(&|now| progress.note(now), self);
        report.took = report.took.max(started.elapsed());
        progress.finish(&report);
        self.stopped = self.args.fail_fast && !report.failures.is_empty();
        self.summary.add(row, column, suite.name(), report);
    }

    /// Whether a step was asked for: by its number, or with all the others.
    fn is_chosen(&self, step: &Step) -> bool {
        self.args.step.is_none_or(|number| number == step.meta.number)
    }

    /// Builds whatever the suites need, once, each package as it is tested: alone.
    fn build(&mut self) {
        let programs = [Suite::Tests, Suite::Game, Suite::Ladder];
        let all = programs.iter().any(|suite| self.wants(*suite));
        let needed = |step: &&Step| {
            let faults = step.meta.number == faults::STEP && self.wants(Suite::Faults);
            self.is_chosen(step) && (all || faults)
        };
        let needed = self.workspace.steps.iter().filter(needed);
        let mut packages: Vec<&str> = needed.map(|step| step.name.as_str()).collect();
        if self.wants_self() && self.cannot_test_self().is_none() {
            packages.push("xtask");
        }
        let started = Instant::now();
        let mut report = Report::default();
        for package in &packages {
            let tests = *package == "xtask" || self.wants(Suite::Tests);
            if let Err(error) = self.cargo.build(package, tests) {
                self.broken.push((*package).to_owned());
                report.failures.push(Failure {
                    name: format!("{package} builds"),
                    detail: format!("{error:#}"),
                });
            }
        }
        report.failures.extend(self.build_peers());
        report.took = started.elapsed();
        if !packages.is_empty() {
            Progress::silent("build").finish(&report);
        }
        if !report.failures.is_empty() {
            self.stopped = self.args.fail_fast;
            self.summary.add("build", Column::Checks, "build", report);
        }
    }

    /// Checks one step alone.
    fn check_step(&mut self, step: &Step) {
        let fail_fast = self.args.fail_fast;
        self.check(Suite::Tests, &step.name, Column::Tests, |note, session| {
            session.cargo.test_step(step, fail_fast, note)
        });
        // Most steps have no models: that is worth a word only to who asks for them.
        let has_models = step.dir.join("tests/loom.rs").is_file();
        if has_models || self.args.suites.contains(&Suite::Loom) {
            self.check(Suite::Loom, &step.name, Column::Loom, |note, session| {
                if !has_models {
                    return skipped("there is no tests/loom.rs: write models where threads meet");
                }
                session.cargo.loom(step, note)
            });
        }
        self.check(Suite::Game, &step.name, Column::Game, |note, session| {
            match session.target(step) {
                Ok(target) => suite::run(&target, note, fail_fast),
                Err(report) => report,
            }
        });
        self.check(Suite::Bugs, &step.name, Column::Bugs, |note, session| {
            if let Err(report) = session.target(step) {
                return report;
            }
            let tell = |line: &str, _: &bugs::Run| note(line);
            let number = Some(step.meta.number);
            bugs::check(session.workspace, number, &|_| true, &tell).unwrap_or_else(failed)
        });
        if step.meta.number == faults::STEP {
            self.check(Suite::Faults, &step.name, Column::Faults, |note, session| {
                match session.target(step) {
                    Ok(target) => faults::check(&target, &|_| true, note, fail_fast),
                    Err(report) => report,
                }
            });
        }
    }

    /// A step's server, to be held to its rules, or the report that there is none.
    fn target(&self, step: &Step) -> Result<suite::Target, Report> {
        // What an earlier build left behind is not the step as it is now.
        if self.broken.contains(&step.name) {
            return Err(skipped("the step does not build: mend that first"));
        }
        Ok(suite::Target { binary: self.cargo.binary(step), level: step.meta.number })
    }

    /// Probes all steps from outside.
    fn check_ladder(&mut self) {
        let mut table = String::new();
        self.check(Suite::Ladder, "ladder", Column::Checks, |note, session| {
            let steps = &session.workspace.steps;
            if steps.iter().any(|step| session.broken.contains(&step.name)) {
                return skipped("it needs every step's program: mend the build first");
            }
            let binary = |step: &Step| session.cargo.binary(step);
            let (text, report) = ladder::run(session.workspace, &binary, session.args.step, note);
            table = text;
            report
        });
        if !table.is_empty() {
            outln!("{}\n", table.trim_end());
        }
    }
}

/// The report of a suite that broke off.
fn failed(error: anyhow::Error) -> Report {
    let name = "it runs".to_owned();
    Report { failures: vec![Failure { name, detail: format!("{error:#}") }], ..Report::default() }
}

/// The report of a suite that could not run.
fn skipped(reason: &str) -> Report {
    Report { skipped: vec![reason.to_owned()], ..Report::default() }
}
