//! `cargo xtask test-all`: every test, and one table of the results.
//!
//! Without `--deep` it runs what readers change: the tests of each step, the game's rules against each program, the
//! ladder, the layout and the text. With `--deep` it runs everything that each change must pass.
//!
//! Suites that mostly wait run beside the others. What measures time runs alone, at the end.

mod deep;
mod summary;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use kit::{
    binaries::{self, Limits, Test},
    cargo, out, outln,
    progress::Progress,
    report::{self, Failure, Report},
    steps::{Step, Workspace},
};
use suite::{Case, Target, ladder};

use self::summary::Summary;
use crate::{layout, series};

/// How long a test of a step may take before its process is killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many suites that mostly wait run at once.
const WAITING: usize = 3;

/// What `test-all` runs.
#[derive(Debug, Args)]
pub struct TestAllArgs {
    /// Check this step only, 1 to 6
    #[arg(long, value_name = "N")]
    step: Option<u8>,
    /// Add the models, planted bugs, faults, sanitizers, other runtimes' servers, and the tests of this tool
    #[arg(long)]
    deep: bool,
    /// Start no other suite after one has failed
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
    /// Its name, as `--suite` takes it.
    fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }

    fn is_deep(self) -> bool {
        use Suite::{Docs, Game, Ladder, Layout, Series, Tests};
        !matches!(self, Tests | Game | Ladder | Layout | Series | Docs)
    }

    /// Its column of the table.
    fn column(self) -> &'static str {
        match self {
            Suite::Tests | Suite::Xtask => "tests",
            Suite::Loom => "loom",
            Suite::Game | Suite::Peers => "game",
            Suite::Bugs => "bugs",
            Suite::Faults => "faults",
            Suite::Ladder | Suite::Layout | Suite::Series | Suite::Docs | Suite::Sanitize => {
                "checks"
            }
        }
    }
}

/// What may run beside a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Everything that is not alone, because the suite mostly waits.
    All,
    /// Suites that mostly wait, because this one uses all processors.
    Waiting,
    /// Nothing, because the suite measures time.
    Nothing,
}

/// A suite of one step or of the workspace. Its work gets a function that shows what it does.
struct Job<'a> {
    suite: Suite,
    row: String,
    beside: Beside,
    work: Box<Work<'a>>,
}

impl Job<'_> {
    /// Its name: `step02-executor tests`, or one word for a part that is a suite of its own.
    fn label(&self) -> String {
        let suite = self.suite.name();
        if self.row == suite { suite } else { format!("{} {suite}", self.row) }
    }
}

type Work<'a> = dyn Fn(&dyn Fn(&str)) -> Result<Report> + Sync + 'a;

/// The tests and programs of the steps that build, by the steps' numbers.
#[derive(Debug, Default)]
struct Built {
    tests: BTreeMap<u8, Vec<Test>>,
    programs: BTreeMap<u8, PathBuf>,
}

/// Runs everything that was asked for, and returns whether all of it passed.
pub fn run(workspace: &Workspace, args: &TestAllArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let session = Session { workspace, args, table: Mutex::default() };
    let mut summary = Summary::default();
    let (built, report) = session.build()?;
    let failed = !report.failures.is_empty();
    if failed {
        summary.add("build", "checks", "build".to_owned(), report);
    }
    if !(failed && args.fail_fast) {
        let jobs = session.jobs(&built);
        for (job, report) in jobs.iter().zip(session.run_all(&jobs)) {
            if let Some(report) = report {
                summary.add(&job.row, job.suite.column(), job.label(), report);
            }
        }
    }
    let table = session.table.lock().expect("no suite panics").clone();
    if !table.is_empty() {
        outln!("{}\n", table.trim_end());
    }
    out!("{summary}");
    Ok(summary.all_passed())
}

/// One run of `test-all`.
struct Session<'a> {
    workspace: &'a Workspace,
    args: &'a TestAllArgs,
    /// The ladder's table.
    table: Mutex<String>,
}

impl<'a> Session<'a> {
    /// Whether a suite was asked for, by name or with the others.
    fn wants(&self, suite: Suite) -> bool {
        match self.args.suites.is_empty() {
            true => self.args.deep || !suite.is_deep(),
            false => self.args.suites.contains(&suite),
        }
    }

    /// The steps that were asked for.
    fn steps(&self) -> impl Iterator<Item = &'a Step> {
        let only = self.args.step;
        let is_chosen = move |step: &&Step| only.is_none_or(|number| number == step.meta.number);
        self.workspace.steps.iter().filter(is_chosen)
    }

    /// Builds the steps together. Where that fails, builds them one by one, to find those that do not build.
    fn build(&self) -> Result<(Built, Report)> {
        let (mut built, mut report) = (Built::default(), Report::default());
        let needs = [Suite::Tests, Suite::Game, Suite::Ladder, Suite::Faults];
        if !needs.iter().any(|suite| self.wants(*suite)) {
            return Ok((built, report));
        }
        let began = Instant::now();
        let steps: Vec<&Step> = self.steps().collect();
        if !self.build_some(&steps, &mut built)? {
            for step in steps {
                if !self.build_some(&[step], &mut built)? {
                    let detail = "The compiler's errors are above. Fix them first.".to_owned();
                    report.failures.push(Failure { name: format!("{} builds", step.name), detail });
                }
            }
        }
        report.took = began.elapsed();
        Progress::silent("build").finish(&report);
        Ok((built, report))
    }

    /// Builds these steps. Cargo's progress shows meanwhile.
    fn build_some(&self, steps: &[&Step], all: &mut Built) -> Result<bool> {
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
            all.tests.insert(number, tests.collect());
            let path = built.programs.get(&step.name).context("a step has a program")?;
            all.programs.insert(number, path.clone());
        }
        Ok(true)
    }

    /// What to run, in the order of the table.
    fn jobs<'s>(&'s self, built: &'s Built) -> Vec<Job<'s>> {
        let mut jobs = Jobs { session: self, jobs: Vec::new() };
        let (workspace, only) = (self.workspace, self.args.step);
        for step in self.steps() {
            let (name, target) = (step.name.as_str(), built.target(step));
            jobs.add(Suite::Tests, name, Beside::Waiting, move |note| {
                self.tests(step, built, note)
            });
            jobs.add_game(Suite::Game, name, move || target.clone().ok_or_else(unbuilt));
            self.deep_step(step, built, &mut jobs);
        }
        jobs.add(Suite::Ladder, "ladder", Beside::All, move |note| {
            if self.steps().any(|step| built.target(step).is_none()) {
                return Ok(unbuilt());
            }
            let binary = |step: &Step| built.programs[&step.meta.number].clone();
            let (text, report) = ladder::run(workspace, &binary, only, note);
            *self.table.lock().expect("no suite panics") = text;
            Ok(report)
        });
        type Check = fn(&Workspace, Option<u8>) -> Result<Report>;
        let checks: [(Suite, Check); 3] =
            [(Suite::Layout, layout::check), (Suite::Series, series::text), (Suite::Docs, docs)];
        for (suite, check) in checks {
            jobs.add(suite, &suite.name(), Beside::Waiting, move |_| check(workspace, only));
        }
        self.deep(&mut jobs);
        jobs.jobs
    }

    /// The tests of a step, and the examples in its documentation.
    fn tests(&self, step: &Step, built: &Built, note: &dyn Fn(&str)) -> Result<Report> {
        let Some(tests) = built.tests.get(&step.meta.number) else { return Ok(unbuilt()) };
        let tests: Vec<&Test> = tests.iter().collect();
        let limits = Limits { deadline: None, patience: PATIENCE, fail_fast: self.args.fail_fast };
        let mut report = binaries::report(binaries::run(&tests, limits, note), &step.name);
        if !self.args.fail_fast || report.failures.is_empty() {
            let mut command = cargo::command(&self.workspace.root);
            command.args(["test", "--doc", "--package", &step.name]);
            report.add(cargo::doc_tests(command, &step.name));
        }
        Ok(report)
    }

    /// Runs the jobs: first those that can run side by side, then the others. A job that was not started any more has
    /// no report.
    fn run_all(&self, jobs: &[Job<'_>]) -> Vec<Option<Report>> {
        let reports: Vec<Mutex<Option<Report>>> = jobs.iter().map(|_| Mutex::default()).collect();
        let progress = Progress::start("test-all");
        let stopped = AtomicBool::new(false);
        let queue = |beside: Beside| {
            let chosen = (0..jobs.len()).filter(move |&index| jobs[index].beside == beside);
            (chosen.collect::<Vec<_>>(), AtomicUsize::new(0))
        };
        let work = |(indexes, next): &(Vec<usize>, AtomicUsize)| {
            while let Some(&index) = indexes.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let job = &jobs[index];
                let label = job.label();
                let note = |now: &str| progress.note(&format!("{label}: {now}"));
                note("");
                let began = Instant::now();
                let report = (job.work)(&note);
                let mut report =
                    report.unwrap_or_else(|error| Report::failed("it runs", &format!("{error:#}")));
                report.took = began.elapsed();
                progress.line(&label, &report);
                if self.args.fail_fast && !report.failures.is_empty() {
                    stopped.store(true, Ordering::Relaxed);
                }
                *reports[index].lock().expect("no suite panics") = Some(report);
            }
        };
        let (waiting, busy) = (queue(Beside::All), queue(Beside::Waiting));
        thread::scope(|scope| {
            for _ in 0..WAITING {
                scope.spawn(|| work(&waiting));
            }
            work(&busy);
        });
        work(&queue(Beside::Nothing));
        reports.into_iter().map(|report| report.into_inner().expect("no suite panics")).collect()
    }
}

/// The jobs that are wanted.
struct Jobs<'s> {
    session: &'s Session<'s>,
    jobs: Vec<Job<'s>>,
}

impl<'s> Jobs<'s> {
    /// Adds a job, if its suite was asked for.
    fn add(
        &mut self,
        suite: Suite,
        row: &str,
        beside: Beside,
        work: impl Fn(&dyn Fn(&str)) -> Result<Report> + Sync + 's,
    ) {
        if self.session.wants(suite) {
            let (row, work) = (row.to_owned(), Box::new(work));
            self.jobs.push(Job { suite, row, beside, work });
        }
    }

    /// Adds the game's rules for a server, those that measure something apart from the others.
    fn add_game(
        &mut self,
        suite: Suite,
        row: &str,
        target: impl Fn() -> Result<Target, Report> + Clone + Sync + 's,
    ) {
        let fail_fast = self.session.args.fail_fast;
        for (alone, beside) in [(false, Beside::All), (true, Beside::Nothing)] {
            let target = target.clone();
            self.add(suite, row, beside, move |note| {
                let cases = suite::cases().filter(|case: &&Case| case.alone == alone);
                Ok(match target() {
                    Ok(target) => suite::run_some(cases, &target, note, fail_fast),
                    Err(_) if alone => Report::default(),
                    Err(report) => report,
                })
            });
        }
    }
}

impl Built {
    /// A step's server, to be checked against its rules.
    fn target(&self, step: &Step) -> Option<Target> {
        let binary = self.programs.get(&step.meta.number)?.clone();
        Some(Target { binary, level: step.meta.number })
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
