//! `cargo xtask check N`: a learner's step against our tests, task by task, up to the first that fails.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use console::style;

use crate::{
    along::{
        mine::Mine,
        sections::{GAME, Reading},
        state::{State, Way},
        tell,
    },
    series::folder,
};
use kit::{
    binaries::{self, Built, Limits, Test},
    cargo, out, outln,
    progress::Progress,
    report::{Failure, Report},
    steps::Workspace,
    verdict,
};
use suite::Target;

/// How long a test may take: what takes longer here is a mistake, and not a busy machine.
const LIMITS: Limits =
    Limits { deadline: Some(10), patience: Duration::from_secs(30), fail_fast: false };

/// Where a check stops if something does not build.
const THE_BUILD: &str = "the build";

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The step, 1 to 6; in `my/stepNN` you can leave it out
    step: Option<u8>,
    /// Only this test or test module, as `waker`, or the `game`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Runs the check, and says whether all of the step passed.
pub fn check(workspace: &Workspace, args: &CheckArgs) -> Result<bool> {
    let mine = Mine::existing(workspace, args.step)?;
    let mut state = State::load(workspace)?;
    let mut way = state.of(&mine);
    let is_fresh = way.start == mine.fingerprint()?;
    for path in mine.changed_tests(way.task) {
        outln!("You changed {path}. This check runs our copy; your file is untouched.");
    }
    let check = Check::new(&mine)?;
    if let Some(only) = &args.only {
        return check.only(only, &mut state, way);
    }
    let tasks = mine.series.tasks.len();
    let (tests, built) = loop {
        let (report, built) = check.tests(way.task, &|_| true, Errors::Shown)?;
        way.passed = report.passed;
        if !report.failures.is_empty() {
            check.failed(&mut state, way, &report)?;
            if is_fresh {
                outln!("This was to be expected: nothing is written yet.");
            }
            return Ok(false);
        }
        outln!("{} {}", style("✓").green(), mine.task(way.task));
        if way.task == tasks {
            break (report.passed, built);
        }
        way.task += 1;
        mine.lay_tests(way.task)?;
        // A learner may have written more than one task.
        let (next, _) = check.tests(way.task, &|_| true, Errors::Hidden)?;
        if !next.failures.is_empty() {
            let sources = mine.snapshot()?;
            let (laid, to_add) = mine.series.begin(way.task, &sources)?;
            let written = mine.write(&sources, &laid)?;
            tell::begin(&mine, way.task, &to_add);
            if !written.is_empty() {
                outln!("What you fill in is laid out in {}.", written.join(", "));
            }
            let start = mine.fingerprint()?;
            let (passed, task) = (way.passed, way.task);
            let way = Way { start, passed, task, hints: way.hints, ..Way::default() };
            state.set(&mine, way)?;
            return Ok(false);
        }
    };
    let mut rules = 0;
    for part in [Part::Docs, Part::Manifest, Part::Game] {
        let report = check.part(part, &built);
        if matches!(part, Part::Game) {
            rules = report.passed;
        }
        if !report.failures.is_empty() {
            check.failed_part(&mut state, way, part, &report)?;
            return Ok(false);
        }
    }
    way.done = mine.fingerprint()?;
    (way.stopped, way.failed) = (String::new(), vec![]);
    state.set(&mine, way)?;
    tell::success(&mine, tests, rules);
    Ok(true)
}

/// What follows the tests when all tasks are done.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The examples in the documentation.
    Docs,
    /// `Cargo.toml` names nothing that should be gone.
    Manifest,
    /// The rules of the game.
    Game,
}

/// What becomes of the compiler's errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errors {
    Shown,
    Hidden,
}

/// The programs that were built, by their name.
type Programs = BTreeMap<String, PathBuf>;

/// A check of a learner's step.
struct Check<'a> {
    mine: &'a Mine<'a>,
    /// A copy of the learner's sources with our tests, in which everything is built.
    dir: PathBuf,
    target: PathBuf,
}

impl<'a> Check<'a> {
    fn new(mine: &'a Mine<'a>) -> Result<Self> {
        let target = cargo::target(&mine.workspace.root)?;
        let dir = target.join("my/check").join(mine.name());
        Ok(Check { mine, dir, target })
    }

    /// Runs those of the reached tests that are wanted.
    fn tests(
        &self,
        reached: usize,
        is_wanted: &dyn Fn(&Test) -> bool,
        errors: Errors,
    ) -> Result<(Report, Programs)> {
        let mine = self.mine;
        folder::mirror(&self.dir, &mine.series.folder(&mine.snapshot()?, reached, "check")?)?;
        let mut command = cargo::copy(&self.dir, &self.target, "my");
        if errors == Errors::Hidden {
            command.stderr(Stdio::piped());
        }
        let Built { tests, programs } = match binaries::build(command)? {
            Ok(built) => built,
            Err(_) => {
                let name = format!("{} does not compile", mine.shown());
                let detail = "The compiler's errors are above.".to_owned();
                let failures = vec![Failure { name, detail }];
                return Ok((Report { failures, ..Report::default() }, BTreeMap::new()));
            }
        };
        let wanted: Vec<&Test> = tests.iter().filter(|test| is_wanted(test)).collect();
        let progress = (errors == Errors::Shown).then(|| Progress::start("tests"));
        let note = |now: &str| progress.iter().for_each(|progress| progress.note(now));
        let began = std::time::Instant::now();
        let mut report = binaries::report(binaries::run(&wanted, LIMITS, &note), "");
        report.took = began.elapsed();
        if let Some(progress) = progress {
            progress.finish(&report);
        }
        let place = format!("  (in {})", mine.shown());
        report.failures.iter_mut().for_each(|failure| failure.detail += &place);
        report.failures.sort_by_cached_key(|failure| self.order(&failure.name, reached));
        Ok((report, programs))
    }

    /// The place of a failed test: those of the current task come first, then those of the tasks before, then the others.
    /// Of a task, the named test comes first; then as in the file.
    fn order(&self, test: &str, reached: usize) -> (bool, bool, usize, bool, usize) {
        let series = &self.mine.series;
        let task = series.task_of(test);
        let is_named = series.tasks.iter().any(|task| task.test == test);
        let (module, name) = test.rsplit_once("::").unwrap_or_default();
        let module = module.split("::").next().unwrap_or_default();
        let files = series.beside(reached);
        let text = files.get(&format!("tests/{module}.rs")).map_or("", String::as_str);
        let at = text.find(&format!("fn {name}(")).unwrap_or(usize::MAX);
        (task != reached, task == 0, task, !is_named, at)
    }

    /// Runs only some tests, or the game. That tells nothing about the task, so only what failed is remembered.
    fn only(&self, only: &str, state: &mut State, way: Way) -> Result<bool> {
        let mine = self.mine;
        let name = only.trim_start_matches("tests/").trim_end_matches(".rs");
        let is_game = name == GAME && mine.series.task_of(name) == 0;
        let is_wanted = |test: &Test| {
            let rest = test.name.strip_prefix(name);
            !is_game && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let reached = way.task.max(mine.series.task_of(name));
        let (report, programs) = self.tests(reached, &is_wanted, Errors::Shown)?;
        if is_game && report.failures.is_empty() {
            let report = self.part(Part::Game, &programs);
            if !report.failures.is_empty() {
                self.failed_part(state, way, Part::Game, &report)?;
                return Ok(false);
            }
        } else if !report.failures.is_empty() {
            self.failed(state, way, &report)?;
            return Ok(false);
        } else if report.passed == 0 {
            bail!(
                "there is no test or module `{only}` in the tasks reached: name one, or `{GAME}`"
            );
        }
        outln!("{only} passes. Run all of it with `cargo xtask check {}`.", mine.number());
        Ok(true)
    }

    /// Tells about tests that failed, and remembers them.
    fn failed(&self, state: &mut State, mut way: Way, report: &Report) -> Result<()> {
        let mine = self.mine;
        way.failed = report.failures.iter().map(|failure| failure.name.clone()).collect();
        let is_unbuilt = report.failures.iter().all(|failure| !failure.name.contains("::"));
        way.stopped = if is_unbuilt { THE_BUILD } else { "tests" }.to_owned();
        let first = report.failures.first().map_or("", |failure| &failure.name);
        let task = match mine.series.task_of(first) {
            0 => way.task,
            task => task,
        };
        out!("\n{}", tell::failures(&report.failures));
        outln!("\n{} {}", style("task:").bold(), mine.task(task));
        outln!("{} {}", style("read:").bold(), tell::reading(mine, task));
        outln!("{} cargo xtask hint {}", style("stuck?").bold(), mine.number());
        state.set(mine, way)
    }

    /// Tells about a part that failed, and remembers it.
    fn failed_part(
        &self,
        state: &mut State,
        mut way: Way,
        part: Part,
        report: &Report,
    ) -> Result<()> {
        let (stopped, words) = match part {
            Part::Docs => ("doc tests", ""),
            Part::Manifest => ("Cargo.toml", ""),
            Part::Game => (GAME, "game"),
        };
        (way.stopped, way.failed) = (stopped.to_owned(), vec![]);
        let mine = self.mine;
        out!("\n{}", tell::failures(&report.failures));
        let reading = Reading::of(mine.workspace, mine.step, words);
        outln!("\n{} {reading}", style("read:").bold());
        outln!("{} cargo xtask hint {}", style("stuck?").bold(), mine.number());
        state.set(mine, way)
    }

    /// Runs a part, and shows that it does.
    fn part(&self, part: Part, programs: &Programs) -> Report {
        let progress = Progress::start(match part {
            Part::Docs => "doc tests",
            Part::Manifest => "Cargo.toml",
            Part::Game => GAME,
        });
        let note = |now: &str| progress.note(now);
        let began = std::time::Instant::now();
        let mut report = match (part, programs.get(&self.mine.step.name)) {
            (Part::Docs, _) => {
                let mut command = cargo::copy(&self.dir, &self.target, "my");
                command.arg("--doc");
                cargo::doc_tests(command, &self.mine.step.name)
            }
            (Part::Manifest, _) => self.manifest(),
            (Part::Game, Some(binary)) => {
                let target = Target { binary: binary.clone(), level: self.mine.number() };
                suite::run(&target, &note, true)
            }
            (Part::Game, None) => failure("the program builds", "there is none: write src/main.rs"),
        };
        report.took = began.elapsed();
        progress.finish(&report);
        report
    }

    /// Finds dependencies that the step before has and the step does not.
    fn manifest(&self) -> Report {
        let mut old = match leftovers(self.mine) {
            Ok(old) if old.is_empty() => return Report::default(),
            Ok(old) => old,
            Err(error) => return failure("Cargo.toml", &format!("{error:#}")),
        };
        old.sort();
        let names = old.join(", ");
        let error = verdict::mismatch(
            format!("no {names}: step {:02} does without", self.mine.number()),
            format!("{names} under [dependencies]"),
        );
        failure(&format!("{}/Cargo.toml", self.mine.shown()), &error.to_string())
    }
}

/// A report of one failure.
fn failure(name: &str, detail: &str) -> Report {
    let failure = Failure { name: name.to_owned(), detail: detail.to_owned() };
    Report { failures: vec![failure], ..Report::default() }
}

/// The dependencies of the step before that the learner has and the step does not.
fn leftovers(mine: &Mine<'_>) -> Result<Vec<String>> {
    let names = |snapshot: &crate::series::Snapshot| -> Result<Vec<String>> {
        let table = folder::table(snapshot.text("Cargo.toml"))?;
        Ok(folder::child(&table, "dependencies").into_iter().map(|(name, _)| name).collect())
    };
    let (first, last) = (&mine.series.prefixes[0], &mine.series.prefixes[mine.series.tasks.len()]);
    let (mut old, kept, own) = (names(first)?, names(last)?, names(&mine.snapshot()?)?);
    old.retain(|name| !kept.contains(name) && own.contains(name));
    Ok(old)
}
