//! `cargo xtask test-all`: every test, and one table of the results.
//!
//! Without `--deep` it runs what readers change: the tests of each step, the game's rules against each program, the
//! ladder, the layout and the text. With `--deep` it runs everything that each change must pass.

mod deep;
mod summary;

use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Duration, time::Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use kit::{
    binaries::{self, Limits, Test},
    cargo, out, outln,
    progress::Progress,
    report::{self, Failure, Report},
    steps::{Step, Workspace},
};
use suite::{Target, ladder};

use self::summary::{Column, Summary, label};
use crate::{layout, series};

/// How long a test of a step may take before its process is killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// What `test-all` runs.
#[derive(Debug, Args)]
pub struct TestAllArgs {
    /// Check this step only, 1 to 6
    #[arg(long, value_name = "N")]
    step: Option<u8>,
    /// Add the models, planted bugs, faults, sanitizers, other runtimes' servers, and the tests of this tool
    #[arg(long)]
    deep: bool,
    /// Stop at the first suite that fails
    #[arg(long)]
    fail_fast: bool,
    /// Run these suites only; separate several by commas
    #[arg(long = "suite", value_name = "SUITE", value_delimiter = ',')]
    suites: Vec<Suite>,
}

/// The suites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Each step's own tests, documentation included
    Tests,
    /// The game's rules against each step's program
    Game,
    /// What each step can do and cannot do yet
    Ladder,
    /// The rules of the workspace
    Layout,
    /// The tasks of each step: their patches apply and lead to the step
    Series,
    /// The chapters show the code and the runs as they are
    Docs,
    /// Deep: every order in which the threads of a model can run
    Loom,
    /// Deep: each planted bug is caught by its test
    Bugs,
    /// Deep: the game of the last step while system calls fail
    Faults,
    /// Deep: the game's rules against the servers on other runtimes
    Peers,
    /// Deep: the last step under AddressSanitizer and valgrind
    Sanitize,
    /// Deep: the tests of this tool
    Xtask,
}

impl Suite {
    /// Its name, as one asks for it.
    fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }

    fn is_deep(self) -> bool {
        use Suite::{Bugs, Faults, Loom, Peers, Sanitize, Xtask};
        matches!(self, Loom | Bugs | Faults | Peers | Sanitize | Xtask)
    }
}

/// Runs everything that was asked for, and returns whether all of it passed.
pub fn run(workspace: &Workspace, args: &TestAllArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let mut session = Session::new(workspace, args)?;
    session.run()?;
    out!("{}", session.summary);
    Ok(session.summary.all_passed())
}

/// One run of `test-all`.
struct Session<'a> {
    workspace: &'a Workspace,
    args: &'a TestAllArgs,
    summary: Summary,
    /// The tests of each step, by its number.
    tests: BTreeMap<u8, Vec<Test>>,
    /// The programs of the steps that build.
    programs: BTreeMap<u8, PathBuf>,
    /// Whether something failed and nothing more should run.
    stopped: bool,
}

impl<'a> Session<'a> {
    fn new(workspace: &'a Workspace, args: &'a TestAllArgs) -> Result<Self> {
        let (tests, programs) = (BTreeMap::new(), BTreeMap::new());
        let summary = Summary::default();
        Ok(Session { workspace, args, summary, tests, programs, stopped: false })
    }

    fn run(&mut self) -> Result<()> {
        self.build()?;
        for step in &self.workspace.steps {
            if self.is_chosen(step) {
                self.check_step(step);
            }
        }
        self.check_ladder();
        let (workspace, only) = (self.workspace, self.args.step);
        self.check(Suite::Layout, "layout", Column::Checks, |_, _| layout::check(workspace, only));
        self.check(Suite::Series, "series", Column::Checks, |_, _| series::text(workspace, only));
        self.check(Suite::Docs, "docs", Column::Checks, |_, _| {
            docs(workspace, only)
                .unwrap_or_else(|error| Report::failed("it runs", &format!("{error:#}")))
        });
        self.check_deep();
        Ok(())
    }

    /// Whether a suite was asked for, by name or with the others.
    fn wants(&self, suite: Suite) -> bool {
        match self.args.suites.is_empty() {
            true => self.args.deep || !suite.is_deep(),
            false => self.args.suites.contains(&suite),
        }
    }

    /// Whether a step was asked for, by number or with the others.
    fn is_chosen(&self, step: &Step) -> bool {
        self.args.step.is_none_or(|number| number == step.meta.number)
    }

    /// Runs a suite if it was asked for, and adds its report to the summary.
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
        let name = suite.name();
        let progress = Progress::start(&label(row, &name));
        let started = Instant::now();
        let mut report = work(&|now| progress.note(now), self);
        report.took = report.took.max(started.elapsed());
        progress.finish(&report);
        self.stopped = self.args.fail_fast && !report.failures.is_empty();
        self.summary.add(row, column, name, report);
    }

    /// Builds the steps together. Where that fails, builds them one by one, to find those that do not build.
    fn build(&mut self) -> Result<()> {
        let needs = [Suite::Tests, Suite::Game, Suite::Ladder, Suite::Faults, Suite::Bugs];
        if !needs.iter().any(|suite| self.wants(*suite)) {
            return Ok(());
        }
        let began = Instant::now();
        let steps: Vec<&Step> =
            self.workspace.steps.iter().filter(|step| self.is_chosen(step)).collect();
        let mut report = Report::default();
        if !self.build_some(&steps)? {
            for step in steps {
                if !self.build_some(&[step])? {
                    let detail = "The compiler's errors are above. Fix them first.".to_owned();
                    report.failures.push(Failure { name: format!("{} builds", step.name), detail });
                }
            }
        }
        report.took = began.elapsed();
        Progress::silent("build").finish(&report);
        if !report.failures.is_empty() {
            self.stopped = self.args.fail_fast;
            self.summary.add("build", Column::Checks, "build".to_owned(), report);
        }
        Ok(())
    }

    /// Builds these steps. Cargo's progress shows meanwhile.
    fn build_some(&mut self, steps: &[&Step]) -> Result<bool> {
        let mut command = cargo::command(&self.workspace.root);
        match self.wants(Suite::Tests) {
            true => command.arg("test"),
            false => command.args(["build", "--bins"]),
        };
        for step in steps {
            command.args(["--package", &step.name]);
        }
        let Ok(built) = binaries::build(command)? else { return Ok(false) };
        for step in steps {
            let number = step.meta.number;
            let tests = built.tests.iter().filter(|test| test.is_of(&step.dir)).cloned();
            self.tests.insert(number, tests.collect());
            let path = built.programs.get(&step.name).context("a step has a program")?;
            self.programs.insert(number, path.clone());
        }
        Ok(true)
    }

    /// Checks one step.
    fn check_step(&mut self, step: &Step) {
        let (number, fail_fast) = (step.meta.number, self.args.fail_fast);
        self.check(Suite::Tests, &step.name, Column::Tests, |note, session| {
            let Some(tests) = session.tests.get(&number) else { return unbuilt() };
            let tests: Vec<&Test> = tests.iter().collect();
            let limits = Limits { deadline: None, patience: PATIENCE, fail_fast };
            let mut report = binaries::report(binaries::run(&tests, limits, note), &step.name);
            if !fail_fast || report.failures.is_empty() {
                let mut command = cargo::command(&session.workspace.root);
                command.args(["test", "--doc", "--package", &step.name]);
                report.add(cargo::doc_tests(command, &step.name));
            }
            report
        });
        self.check(Suite::Game, &step.name, Column::Game, |note, session| {
            match session.target(step) {
                Some(target) => suite::run(&target, note, fail_fast),
                None => unbuilt(),
            }
        });
        self.check_deep_step(step);
    }

    /// A step's server, to be checked against its rules.
    fn target(&self, step: &Step) -> Option<Target> {
        let binary = self.programs.get(&step.meta.number)?.clone();
        Some(Target { binary, level: step.meta.number })
    }

    /// Probes all steps from outside.
    fn check_ladder(&mut self) {
        let mut table = String::new();
        let only = self.args.step;
        self.check(Suite::Ladder, "ladder", Column::Checks, |note, session| {
            let mut steps = session.workspace.steps.iter();
            if steps.any(|step| session.is_chosen(step) && session.target(step).is_none()) {
                return unbuilt();
            }
            let binary = |step: &Step| session.programs[&step.meta.number].clone();
            let (text, report) = ladder::run(session.workspace, &binary, only, note);
            table = text;
            report
        });
        if !table.is_empty() {
            outln!("{}\n", table.trim_end());
        }
    }
}

/// The report of a suite whose step does not build.
fn unbuilt() -> Report {
    Report::skipped("a step does not build. Fix that first")
}

/// Runs `cargo xtask docs --check`, which is a program of its own.
fn docs(workspace: &Workspace, only: Option<u8>) -> Result<Report> {
    let program = cargo::program(workspace, "xtask-book", &["--bins", "--quiet"])?;
    let file = tempfile::NamedTempFile::new()?;
    let mut command = std::process::Command::new(program);
    command.args(["docs", "--check"]).current_dir(&workspace.root);
    command.args(only.map(|number| format!("--page={number:02}")));
    command.env("XTASK_ROOT", &workspace.root).env(report::FILE, file.path());
    let output =
        command.stdin(Stdio::null()).output().context("cannot run the check of the docs")?;
    match serde_json::from_slice(&std::fs::read(file.path())?) {
        Ok(report) => Ok(report),
        Err(_) => Ok(Report::failed("it ends", &String::from_utf8_lossy(&output.stderr))),
    }
}
