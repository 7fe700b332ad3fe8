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
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
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
use crate::{layout, sanitize, series};

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
    /// Deep: the orders in which the threads of a model can run
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
            Suite::Faults => "faults",
            _ => "checks",
        }
    }
}

/// What may run beside a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Everything that is not alone, because the suite mostly waits or is a single thread.
    All,
    /// Suites of the first kind, because this one uses all processors. When they have ended, another one of this kind.
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

type Work<'a> = dyn Fn(&dyn Fn(&str)) -> Result<Report> + Sync + 'a;

impl Job<'_> {
    /// Its name: `step02-executor tests`, or one word for a part that is a suite of its own.
    fn label(&self) -> String {
        let suite = self.suite.name();
        if self.row == suite { suite } else { format!("{} {suite}", self.row) }
    }
}

/// The tests and programs of the steps that build, by the steps' numbers.
#[derive(Debug, Default)]
struct Built {
    tests: BTreeMap<u8, Vec<Test>>,
    programs: BTreeMap<u8, PathBuf>,
    models: Models,
    /// The ladder's table, which is printed when all suites have ended.
    ladder: OnceLock<String>,
}

/// What was built of the models, and the compiler's errors.
type Models = (Vec<Test>, Option<String>);

/// Runs everything that was asked for, and returns whether all of it passed.
pub fn run(workspace: &Workspace, args: &TestAllArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let mut summary = Summary::default();
    // The models and AddressSanitizer have target folders of their own, so cargo can build for all of them at once.
    let (built, report) = thread::scope(|scope| {
        let models = scope.spawn(|| deep::build_models(workspace, args));
        if deep::sanitizes(workspace, args) {
            // The suite reports what does not build.
            scope.spawn(|| sanitize::build(workspace));
        }
        let (mut built, report) = build(workspace, args)?;
        built.models = models.join().expect("no build panics")?;
        anyhow::Ok((built, report))
    })?;
    if !report.failures.is_empty() {
        summary.add("build", "checks", "build".to_owned(), report);
    }
    let mut plan = Plan { workspace, args, built: &built, jobs: Vec::new() };
    plan.fill();
    for (job, report) in plan.jobs.iter().zip(run_all(&plan.jobs)) {
        summary.add(&job.row, job.suite.column(), job.label(), report);
    }
    if let Some(table) = built.ladder.get() {
        outln!("{}\n", table.trim_end());
    }
    out!("{summary}");
    Ok(summary.all_passed())
}

impl TestAllArgs {
    /// Whether a suite was asked for, by name or with the others.
    fn wants(&self, suite: Suite) -> bool {
        match self.suites.is_empty() {
            true => self.deep || !suite.is_deep(),
            false => self.suites.contains(&suite),
        }
    }

    /// The steps that were asked for.
    fn steps<'a>(&self, workspace: &'a Workspace) -> Vec<&'a Step> {
        let steps = workspace.steps.iter();
        steps.filter(|step| self.step.is_none_or(|number| number == step.meta.number)).collect()
    }
}

/// Builds the steps together. Where that fails, builds them one by one, to find those that do not build.
fn build(workspace: &Workspace, args: &TestAllArgs) -> Result<(Built, Report)> {
    let (mut built, mut report) = (Built::default(), Report::default());
    let needs = [Suite::Tests, Suite::Game, Suite::Ladder, Suite::Faults];
    if !needs.iter().any(|suite| args.wants(*suite)) {
        return Ok((built, report));
    }
    let began = Instant::now();
    let steps = args.steps(workspace);
    let mut build = |steps: &[&Step]| -> Result<bool> {
        let mut command = cargo::command(&workspace.root);
        match args.wants(Suite::Tests) {
            // Examples are left out, because several steps have some of the same name. `--tests` would also compile each
            // library and program once more, for unit tests that they do not have.
            true => command.args(["test", "--test", "*"]),
            false => command.args(["build", "--bins"]),
        };
        command.args(steps.iter().flat_map(|step| ["--package", &step.name]));
        let Ok(new) = binaries::build(command)? else { return Ok(false) };
        for Step { name, dir, meta } in steps {
            let tests = new.tests.iter().filter(|test| test.is_of(dir)).cloned();
            built.tests.insert(meta.number, tests.collect());
            let path = new.programs.get(name).context("a step has a program")?;
            built.programs.insert(meta.number, path.clone());
        }
        Ok(true)
    };
    if !build(&steps)? {
        for step in steps {
            if !build(&[step])? {
                let detail = "The compiler's errors are above. Fix them first.".to_owned();
                report.failures.push(Failure { name: format!("{} builds", step.name), detail });
            }
        }
    }
    report.took = began.elapsed();
    Progress::silent("build").finish(&report);
    Ok((built, report))
}

/// What to run, in the order of the table.
struct Plan<'a> {
    workspace: &'a Workspace,
    args: &'a TestAllArgs,
    built: &'a Built,
    jobs: Vec<Job<'a>>,
}

impl<'a> Plan<'a> {
    fn fill(&mut self) {
        let (workspace, only, built) = (self.workspace, self.args.step, self.built);
        let steps = self.args.steps(workspace);
        for &step in &steps {
            self.add(Suite::Tests, &step.name, Beside::Waiting, move |note| {
                tests(workspace, step, built, note)
            });
            // The server of step 02 polls all the time. That is its lesson.
            let beside = if step.meta.number == 2 { Beside::Waiting } else { Beside::All };
            self.add_game(Suite::Game, &step.name, beside, move || built.target(step));
            self.add_deep_step(step);
        }
        self.add(Suite::Ladder, "ladder", Beside::All, move |note| {
            if steps.iter().any(|step| !built.programs.contains_key(&step.meta.number)) {
                return Ok(unbuilt());
            }
            let (table, report) = ladder::run(workspace, &built.programs, note);
            let _ = built.ladder.set(table);
            Ok(report)
        });
        self.add(Suite::Layout, "layout", Beside::All, move |_| layout::check(workspace, only));
        self.add(Suite::Series, "series", Beside::All, move |note| {
            series::check(workspace, only, series::Part::Text, note)
        });
        self.add(Suite::Docs, "docs", Beside::All, move |_| docs(workspace, only));
        self.add_deep();
    }

    /// Adds a job, if its suite was asked for.
    fn add(
        &mut self,
        suite: Suite,
        row: &str,
        beside: Beside,
        work: impl Fn(&dyn Fn(&str)) -> Result<Report> + Sync + 'a,
    ) {
        if self.args.wants(suite) {
            self.jobs.push(Job { suite, row: row.to_owned(), beside, work: Box::new(work) });
        }
    }

    /// Adds the game's rules for a server, those that measure something apart from the others.
    fn add_game(
        &mut self,
        suite: Suite,
        row: &str,
        beside: Beside,
        target: impl Fn() -> Result<Target, Report> + Clone + Sync + 'a,
    ) {
        for (alone, beside) in [(false, beside), (true, Beside::Nothing)] {
            let target = target.clone();
            self.add(suite, row, beside, move |note| {
                let cases = suite::cases().filter(|case: &&Case| case.alone == alone);
                Ok(match target() {
                    Ok(target) => suite::run(cases, &target, note, false),
                    Err(_) if alone => Report::default(),
                    Err(report) => report,
                })
            });
        }
    }
}

/// Runs the jobs: first those that can run side by side, then the others.
fn run_all(jobs: &[Job<'_>]) -> Vec<Report> {
    let reports: Vec<Mutex<Report>> = jobs.iter().map(|_| Mutex::default()).collect();
    let progress = Progress::start("test-all");
    let queue = |beside: Beside| {
        let chosen = (0..jobs.len()).filter(|&index| jobs[index].beside == beside);
        let mut chosen: Vec<usize> = chosen.collect();
        // The ladder reads the system's table of connections, to which the games add thousands.
        chosen.sort_by_key(|&index| jobs[index].suite != Suite::Ladder);
        (chosen, AtomicUsize::new(0))
    };
    let work = |(indexes, next): &(Vec<usize>, AtomicUsize)| {
        while let Some(&index) = indexes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut label = jobs[index].label();
            if jobs[..index].iter().any(|job| job.label() == label) {
                label += ", measured";
            }
            let note = |now: &str| progress.note(&format!("{label}: {now}"));
            let began = Instant::now();
            let report = (jobs[index].work)(&note);
            let mut report =
                report.unwrap_or_else(|error| Report::failed("it runs", &format!("{error:#}")));
            report.took = began.elapsed();
            progress.line(&label, &report);
            *reports[index].lock().expect("no suite panics") = report;
        }
    };
    let (waiting, busy) = (queue(Beside::All), queue(Beside::Waiting));
    thread::scope(|scope| {
        for number in 0..WAITING {
            let (work, waiting, busy) = (&work, &waiting, &busy);
            scope.spawn(move || {
                work(waiting);
                // Even a busy suite waits now and then. A second one uses the processors meanwhile.
                if number == 0 {
                    work(busy);
                }
            });
        }
        work(&busy);
    });
    work(&queue(Beside::Nothing));
    reports.into_iter().map(|report| report.into_inner().expect("no suite panics")).collect()
}

impl Built {
    /// A step's server, to be checked against its rules.
    fn target(&self, step: &Step) -> Result<Target, Report> {
        let level = step.meta.number;
        let binary = self.programs.get(&level).cloned().ok_or_else(unbuilt)?;
        Ok(Target { binary, level })
    }
}

/// The report of a suite whose step does not build.
fn unbuilt() -> Report {
    Report::skipped("a step does not build. Fix that first")
}

/// Runs the tests of a step, and the examples in its documentation.
fn tests(workspace: &Workspace, step: &Step, built: &Built, note: &dyn Fn(&str)) -> Result<Report> {
    let Some(tests) = built.tests.get(&step.meta.number) else { return Ok(unbuilt()) };
    let tests: Vec<&Test> = tests.iter().collect();
    let limits = Limits { deadline: None, patience: PATIENCE, fail_fast: false };
    let mut report = binaries::report(binaries::run(&tests, limits, note), &step.name);
    let mut command = cargo::command(&workspace.root);
    command.args(["test", "--doc", "--package", &step.name]);
    report.add(cargo::doc_tests(command, &step.name));
    Ok(report)
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
