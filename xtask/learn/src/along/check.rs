//! `cargo xtask check N`: a learner's step against our tests, task by task, up to the first that fails.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, IsTerminal},
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use console::style;

use crate::along::{
    mine::Mine,
    sections::{GAME, Reading},
    state::{State, Way},
    tell, watch,
};
use kit::{
    binaries::{self, Built, Diagnostic, Limits, Outcome, Test},
    cargo, note, out, outln,
    progress::Progress,
    report::Report,
    steps::Workspace,
    tree,
    verdict::mismatch,
};

/// How long a test may take. Most tests end by themselves at the deadline; the others are killed a little later.
const LIMITS: Limits =
    Limits { deadline: Some(10), patience: Duration::from_secs(15), fail_fast: false };

/// The same to find out whether a task is written before it begins.
const SHORT: Limits =
    Limits { deadline: Some(3), patience: Duration::from_secs(5), fail_fast: true };

/// After this many tests that do not end, a check starts no more tests.
const ENDLESS: usize = 2;

/// The parts of a check. The rules of the game come last.
const TESTS: &str = "tests";
const DOCS: &str = "doc tests";
const MANIFEST: &str = "Cargo.toml";

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The step, 1 to 6; in `my/stepNN` you can leave it out
    #[arg(value_parser = crate::number)]
    step: Option<u8>,
    /// Check again each time you save a file, until the whole step passes
    #[arg(long)]
    watch: bool,
}

/// How a check ended.
#[derive(PartialEq)]
pub enum Verdict {
    Passed,
    Failed,
    /// A task is done, and the next one begins.
    NextTask,
}

/// Runs the check, and returns whether all of it passed.
pub fn check(workspace: &Workspace, args: &CheckArgs) -> Result<bool> {
    if args.watch {
        return watch::watch(workspace, args.step);
    }
    let mine = Mine::existing(workspace, args.step)?;
    Ok(Check::new(&mine)?.all()? == Verdict::Passed)
}

pub struct Check<'a> {
    mine: &'a Mine<'a>,
    way: Way,
    /// A copy of the learner's sources with our tests, in which everything is built.
    dir: PathBuf,
    target: PathBuf,
    /// A part of the copy's version. The tests contain the path of their program, so after a move they are built again.
    tag: String,
}

impl<'a> Check<'a> {
    /// Prepares a check, and names the tests that the learner has changed.
    pub fn new(mine: &'a Mine<'a>) -> Result<Self> {
        let way = State::load(mine.workspace)?.of(mine);
        for path in mine.changed_tests(way.task) {
            outln!("You changed {path}. This check runs our copy; your file is untouched.");
        }
        let target = cargo::target(&mine.workspace.root)?;
        let dir = target.join("my/check").join(mine.name());
        let mut hasher = DefaultHasher::new();
        dir.hash(&mut hasher);
        let tag = format!("check.{:08x}", hasher.finish() as u32);
        Ok(Check { mine, way, dir, target, tag })
    }

    /// Prints a line for each task that is done.
    pub fn show_done(&self) {
        (1..self.way.task).for_each(|task| self.show_passed(task));
    }

    fn show_passed(&self, task: usize) {
        outln!("{} {}", style("✓").green(), self.mine.task(task));
    }

    /// Runs the tests of the current task, then those before it, and goes on to the next task as long as all pass.
    pub fn all(&mut self) -> Result<Verdict> {
        let mine = self.mine;
        let is_fresh = self.way.start == mine.fingerprint(&["src"])?;
        let (built, tests) = loop {
            let task = self.way.task;
            let Some(built) = self.build()? else {
                let name = format!("{} does not compile", mine.shown());
                let report = Report::failed(&name, "The compiler's errors are above.");
                return self.failed(TESTS, &report, is_fresh);
            };
            let (own, before): (Vec<_>, Vec<_>) =
                built.tests.iter().partition(|test| self.is_of(test, task));
            let mut report = Report::default();
            let parts = [(own, format!("task {task}")), (before, "the other tests".to_owned())];
            for (tests, what) in parts {
                if !tests.is_empty() && report.failures.is_empty() {
                    report.add(self.run(tests, &what));
                }
            }
            if !report.failures.is_empty() {
                return self.failed(TESTS, &report, is_fresh);
            }
            self.show_passed(task);
            if task == mine.series.tasks.len() {
                break (built, report.passed);
            }
            self.way.task += 1;
            mine.lay_tests(self.way.task)?;
            // A learner may have written more than one task.
            if !self.is_written()? {
                return self.begin();
            }
            mine.begin(self.way.task, true)?;
        };
        let mut rules = 0;
        for part in [DOCS, MANIFEST, GAME] {
            let report = self.part(part, &built)?;
            rules = report.passed;
            if !report.failures.is_empty() {
                return self.failed(part, &report, false);
            }
        }
        self.way.done = mine.fingerprint(&["src"])?;
        self.way.failed.clear();
        self.save()?;
        tell::success(mine, tests, rules);
        Ok(Verdict::Passed)
    }

    /// Builds the learner's sources with the tests of the tasks reached. Nothing is built if there is an error.
    fn build(&mut self) -> Result<Option<Built>> {
        let (mut shown, mut warnings, mut words) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        let is_terminal = io::stderr().is_terminal();
        let built = binaries::build_with(self.cargo()?, &mut |message| {
            let Diagnostic { level, message, rendered, spans } = message;
            let is_sum = message.starts_with("aborting due to") || message.ends_with(" emitted");
            let Some(text) = rendered.filter(|_| !is_sum) else { return };
            // The library is compiled once more for its unit tests, with the same errors.
            if !shown.insert(text.clone()) {
                return;
            }
            if level == "warning" {
                // In the first tasks much of what the tests share is not used yet.
                let is_ours = spans.iter().all(|span| span.file_name.starts_with("tests"));
                return warnings.extend((!is_ours).then_some(text));
            }
            if level == "error" {
                let files = spans.iter().filter_map(|span| span.file_name.rsplit('/').next());
                words.extend(files.map(|file| file.trim_end_matches(".rs").to_owned()));
                words.extend(message.split('`').skip(1).step_by(2).map(str::to_owned));
            }
            // What is in the line is cargo's bar of progress.
            note!("{}{}", if is_terminal { "\r\x1b[K" } else { "" }, text.trim_end());
        })?;
        if built.is_some() {
            warnings.iter().for_each(|text| note!("{}", text.trim_end()));
        }
        self.way.words = words.into_iter().collect();
        Ok(built)
    }

    /// The command that builds the copy, which gets the learner's sources first.
    fn cargo(&self) -> Result<std::process::Command> {
        let files = self.mine.series.folder(&self.mine.snapshot()?, self.way.task, &self.tag)?;
        tree::mirror(&self.dir, &files)?;
        Ok(cargo::copy(&self.dir, &self.target, "my"))
    }

    /// Whether the tests of the current task pass already. Nothing is printed.
    fn is_written(&self) -> Result<bool> {
        let mut cargo = self.cargo()?;
        cargo.stderr(Stdio::null());
        let Some(built) = binaries::build_with(cargo, &mut |_| {})? else { return Ok(false) };
        let own = built.tests.iter().filter(|test| self.is_of(test, self.way.task)).collect();
        let outcomes = binaries::run(&self.sorted(own), SHORT, &|_| {});
        Ok(outcomes.iter().all(|(_, outcome)| outcome.as_ref().is_ok_and(|it| it.passed)))
    }

    /// Whether a test belongs to a task. A task without tests of its own is checked by all of them.
    fn is_of(&self, test: &Test, task: usize) -> bool {
        let series = &self.mine.series;
        let named = &series.tasks[task - 1];
        named.tests.is_empty() && named.test.is_empty()
            || series.task_of(&test.name) == task
            || named.test == test.name
    }

    /// Runs tests, and shows that it does.
    fn run(&self, tests: Vec<&Test>, what: &str) -> Report {
        let tests = self.sorted(tests);
        let progress = Progress::start(what);
        let endless = AtomicUsize::new(0);
        let began = Instant::now();
        let goes_on = |outcome: &Outcome| {
            outcome.passed
                || !tell::is_endless(&outcome.said)
                || endless.fetch_add(1, Ordering::Relaxed) + 1 < ENDLESS
        };
        let note = |now: &str| progress.note(now);
        let at_once = binaries::processors();
        let outcomes = binaries::run_while(&tests, LIMITS, at_once, &note, &goes_on);
        let left = tests.len() - outcomes.len();
        let mut report = binaries::report(outcomes, "");
        report.took = began.elapsed();
        progress.finish(&report);
        if left > 0 {
            // Tests run side by side, so one more can come to its end meanwhile.
            let endless = endless.into_inner();
            outln!("{endless} tests did not end, so {left} more tests were not started.");
        }
        let place = format!("  (in {})", self.mine.shown());
        report.failures.iter_mut().for_each(|failure| failure.detail += &place);
        report
    }

    /// The order of tests: those of the latest tasks come first, the named test of a task before its others, and the
    /// others in the order of the modules and of their files.
    fn sorted<'t>(&self, mut tests: Vec<&'t Test>) -> Vec<&'t Test> {
        let series = &self.mine.series;
        tests.sort_by_cached_key(|test| {
            let (module, name) = test.name.rsplit_once("::").unwrap_or_default();
            let module = module.split("::").next().unwrap_or_default();
            let text = series.tree.text(&format!("tests/{module}.rs"));
            let at = text.find(&format!("fn {name}(")).unwrap_or(usize::MAX);
            let listed = series.tasks.iter().flat_map(|task| &task.tests);
            let place = listed.into_iter().position(|listed| listed == module);
            let is_named = series.tasks.iter().any(|task| task.test == test.name);
            (std::cmp::Reverse(series.task_of(&test.name)), !is_named, place, at)
        });
        tests
    }

    /// Adds what the current task begins with to the learner's files, and reports it.
    fn begin(&mut self) -> Result<Verdict> {
        let (mine, task) = (self.mine, self.way.task);
        let (written, left) = mine.begin(task, false)?;
        tell::begin(mine, task, &left);
        if !written.is_empty() {
            outln!("Added for this task: {}.", written.join(", "));
            let places = mine.places_to_fill(&written)?;
            if !places.is_empty() {
                outln!("Replace each `todo!` with your code: {}.", places.join(", "));
            }
        }
        self.way = Way { start: mine.fingerprint(&["src"])?, task, ..Way::default() };
        self.save()?;
        Ok(Verdict::NextTask)
    }

    /// Reports what failed, and remembers it for `hint`.
    fn failed(&mut self, part: &str, report: &Report, is_fresh: bool) -> Result<Verdict> {
        let mine = self.mine;
        out!("\n{}\n", tell::failures(&report.failures));
        let reading = if part == TESTS {
            let first = report.failures.first().map_or("", |failure| &failure.name);
            let earlier = mine.series.task_of(first);
            outln!("{} {}", style("task:").bold(), mine.task(self.way.task));
            if (1..self.way.task).contains(&earlier) {
                outln!(
                    "      The first test that failed is one of task {earlier}, which passed before."
                );
            }
            tell::reading(mine, self.way.task)
        } else {
            Reading::of(mine.workspace, mine.step, part)
        };
        outln!("{} {reading}", style("read:").bold());
        let is_built = report.failures.iter().all(|it| !it.name.ends_with("does not compile"));
        if mine.number() > 1 && is_built && !is_fresh {
            let see = style("see your run:").bold();
            outln!("{see} cargo xtask trace {} --mine --open", mine.number());
        }
        outln!("{} cargo xtask hint {}", style("stuck?").bold(), mine.number());
        if is_fresh {
            outln!("This failure is expected: nothing is written yet.");
        }
        let names = report.failures.iter().map(|failure| failure.name.clone()).collect();
        self.way.failed = if part == TESTS { names } else { vec![part.to_owned()] };
        self.save()?;
        Ok(Verdict::Failed)
    }

    /// Remembers how far the learner is. `hint` may have been used while the check ran.
    fn save(&mut self) -> Result<()> {
        let mut state = State::load(self.mine.workspace)?;
        self.way.hints = state.of(self.mine).hints;
        state.set(self.mine, &self.way)
    }

    /// Runs a part that follows the tests, and shows that it does.
    fn part(&self, part: &str, built: &Built) -> Result<Report> {
        let (mine, progress) = (self.mine, Progress::start(part));
        let began = Instant::now();
        let mut report = match (part, built.programs.get(&mine.step.name)) {
            (DOCS, _) => {
                let mut command = cargo::copy(&self.dir, &self.target, "my");
                command.arg("--doc");
                cargo::doc_tests(command, &mine.step.name)
            }
            (MANIFEST, _) => match mine.leftovers()? {
                old if old.is_empty() => Report::default(),
                old => {
                    let expected = format!("no {old}: step {:02} does without", mine.number());
                    let found = mismatch(expected, format!("{old} under [dependencies]"));
                    Report::failed(&format!("{}/Cargo.toml", mine.shown()), &found.to_string())
                }
            },
            #[cfg(target_os = "linux")]
            (_, Some(binary)) => {
                let target = suite::Target { binary: binary.clone(), level: mine.number() };
                suite::run(suite::cases(), &target, &|now| progress.note(now), true)
            }
            #[cfg(not(target_os = "linux"))]
            (_, Some(_)) => Report::skipped("the rules of the game: they need Linux"),
            (_, None) => Report::failed("the program builds", "there is none: write src/main.rs"),
        };
        report.took = began.elapsed();
        progress.finish(&report);
        Ok(report)
    }
}
