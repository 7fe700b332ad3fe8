//! `cargo xtask test-all`: everything that can be checked, and one table of what came of it.

mod cargo;
mod libtest;
mod progress;
mod summary;

use std::{env, time::Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{
    ladder, layout,
    report::{Failure, Report},
    steps::{Step, Workspace},
    suite,
    test_all::{
        cargo::Cargo,
        progress::Progress,
        summary::{Column, Summary},
    },
};

/// Set while this program's own tests run, so that they do not run themselves.
const NESTED: &str = "XTASK_TESTS_RUN";

/// What `test-all` checks.
#[derive(Debug, Args)]
pub struct TestAllArgs {
    /// Check this step only, 1 to 6
    #[arg(long, value_name = "N")]
    step: Option<u8>,
    /// Stop at the first suite that fails
    #[arg(long)]
    fail_fast: bool,
    /// Run these suites only; give it more than once for more of them
    #[arg(long = "suite", value_name = "SUITE")]
    suites: Vec<Suite>,
}

/// The suites that `test-all` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Each step's own tests, documentation included
    Tests,
    /// Each step's models, where it has some: every order in which its threads can run
    Loom,
    /// The game played with each step's program, seen from outside
    Game,
    /// What each step can and cannot do yet, seen from outside
    Ladder,
    /// The rules of the workspace
    Layout,
    /// The tests of this tool
    Xtask,
}

/// Checks everything that was asked for, and says whether all of it holds.
pub fn run(workspace: &Workspace, args: &TestAllArgs) -> Result<bool> {
    let mut session = Session {
        workspace,
        args,
        cargo: Cargo::new(workspace)?,
        summary: Summary::default(),
        stopped: false,
    };
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let all_built = session.build();
    for step in &workspace.steps {
        if args.step.is_none_or(|number| number == step.meta.number) {
            session.check_step(step, all_built);
        }
    }
    session.check_ladder(all_built);
    session.check(Suite::Layout, "layout", Column::Checks, |_, session| {
        layout::check(session.workspace, session.args.step)
    });
    session.check_self();
    print!("{}", session.summary);
    Ok(session.summary.all_passed())
}

/// One run of `test-all`.
struct Session<'a> {
    /// What is checked.
    workspace: &'a Workspace,
    /// What was asked for.
    args: &'a TestAllArgs,
    /// Builds and tests.
    cargo: Cargo,
    /// What came of it so far.
    summary: Summary,
    /// Whether something failed and nothing more should be run.
    stopped: bool,
}

impl Session<'_> {
    /// Whether a suite was asked for: by name, or with all the others.
    fn wants(&self, suite: Suite) -> bool {
        self.args.suites.is_empty() || self.args.suites.contains(&suite)
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
        let progress = Progress::start(&format!("{row} {}", name(suite)));
        let started = Instant::now();
        let mut report = work(&|now| progress.note(now), self);
        report.took = report.took.max(started.elapsed());
        progress.finish(&report);
        self.stopped = self.args.fail_fast && !report.failures.is_empty();
        self.summary.add(row, column, name(suite), report);
    }

    /// Builds whatever the suites need, once, and says whether all of it could be built.
    fn build(&mut self) -> bool {
        let tests = self.wants(Suite::Tests) || self.wants(Suite::Xtask);
        let programs = tests || self.wants(Suite::Game) || self.wants(Suite::Ladder);
        if !programs {
            return true;
        }
        let step = self.args.step.map(|number| self.workspace.step(number));
        let step = step.and_then(Result::ok);
        let Err(error) = self.cargo.build(step, tests) else {
            return true;
        };
        let report = Report {
            failures: vec![Failure {
                name: "everything builds".to_owned(),
                detail: format!("{error:#}"),
            }],
            ..Report::default()
        };
        self.stopped = self.args.fail_fast;
        self.summary.add("build", Column::Checks, "build", report);
        false
    }

    /// Checks one step alone.
    fn check_step(&mut self, step: &Step, all_built: bool) {
        let fail_fast = self.args.fail_fast;
        self.check(Suite::Tests, &step.name, Column::Tests, |note, session| {
            session.cargo.test(&step.name, fail_fast, note)
        });
        if step.dir.join("tests/loom.rs").is_file() {
            self.check(Suite::Loom, &step.name, Column::Loom, |note, session| {
                session.cargo.loom(&step.name, note)
            });
        }
        self.check(Suite::Game, &step.name, Column::Game, |note, session| {
            // What an earlier build left behind is not the step as it is now.
            if !all_built && !session.cargo.builds(step) {
                return skipped(format!(
                    "{} does not build: `cargo build -p {}` says why",
                    step.name, step.name
                ));
            }
            let target = suite::Target {
                binary: session.cargo.binary(step),
                level: step.meta.number,
            };
            suite::run(&target, note, fail_fast)
        });
    }

    /// Probes all steps from outside.
    fn check_ladder(&mut self, all_built: bool) {
        let mut table = String::new();
        self.check(Suite::Ladder, "ladder", Column::Checks, |_, session| {
            if !all_built {
                return skipped(
                    "the ladder needs every step's program: mend the build first".to_owned(),
                );
            }
            let binary = |step: &Step| session.cargo.binary(step);
            let (text, report) = ladder::run(session.workspace, &binary, session.args.step);
            table = text;
            report
        });
        if !table.is_empty() {
            println!("{}\n", table.trim_end());
        }
    }

    /// Runs this program's own tests.
    fn check_self(&mut self) {
        if self.args.step.is_some() && !self.args.suites.contains(&Suite::Xtask) {
            return;
        }
        self.check(Suite::Xtask, "xtask", Column::Tests, |note, session| {
            if !session.workspace.root.join("xtask/Cargo.toml").is_file() {
                return skipped(
                    "this workspace has no xtask: run it where there is one".to_owned(),
                );
            }
            if env::var_os(NESTED).is_some() {
                return skipped(
                    "these are xtask's own tests: run `cargo test -p xtask`".to_owned(),
                );
            }
            session.cargo.test("xtask", session.args.fail_fast, note)
        });
    }
}

/// A suite's name, as one asks for it.
fn name(suite: Suite) -> &'static str {
    match suite {
        Suite::Tests => "tests",
        Suite::Loom => "loom",
        Suite::Game => "game",
        Suite::Ladder => "ladder",
        Suite::Layout => "layout",
        Suite::Xtask => "xtask",
    }
}

/// The report of a suite that could not run.
fn skipped(reason: String) -> Report {
    Report {
        skipped: vec![reason],
        ..Report::default()
    }
}
