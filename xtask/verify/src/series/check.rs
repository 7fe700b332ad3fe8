//! Checks a series: each prefix compiles and passes its tests, each task has a test that is red before and green after,
//! naive versions fail as the chapter shows, and the last prefix is the step.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use kit::{
    binaries::{self, Limits, Test},
    report::{Failure, Report},
    steps::Workspace,
    tree,
};
use learn::{
    along::{self, sections::Reading},
    series::{Series, Snapshot},
};

/// A task for which a reader changes more lines of code than this is reported, and one of more than `MOST` is an error.
const MANY: usize = 80;
const MOST: usize = 120;

/// How long a test that should pass may take.
const GREEN: Limits =
    Limits { deadline: None, patience: Duration::from_secs(120), fail_fast: false };

/// How long a test that should fail may take: many of them hang.
const RED: Limits =
    Limits { deadline: Some(3), patience: Duration::from_secs(30), fail_fast: false };

/// How many failed tests of a prefix are shown in full.
const SHOWN: usize = 3;

/// What to check of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What needs no compiler: the patches apply and lead to the step, no task is too large, and the chapter and the hints
    /// are about the tasks.
    Text,
    Task(usize),
    All,
}

/// Checks the series of one step or of all steps that have one.
pub fn check(
    workspace: &Workspace,
    only: Option<u8>,
    part: Part,
    note: &dyn Fn(&str),
) -> Result<Report> {
    let began = Instant::now();
    let mut report = Report::default();
    let numbers = workspace.steps.iter().map(|step| step.meta.number);
    for number in numbers.filter(|number| only.is_none_or(|only| only == *number)) {
        match Series::load(workspace, number) {
            Ok(series) if !series.exists() => {}
            Ok(series) => {
                let mut checks = Checks::new(&series, note)?;
                if let Part::Text | Part::All = part {
                    checks.run_text();
                }
                if part != Part::Text {
                    checks.run(part);
                    checks.remember()?;
                }
                report.add(checks.report);
            }
            Err(error) => {
                report.add(Report::failed(&format!("step {number:02}"), &format!("{error:#}")));
            }
        }
    }
    report.took = began.elapsed();
    Ok(report)
}

/// The checks of one series.
struct Checks<'a> {
    series: &'a Series<'a>,
    note: &'a dyn Fn(&str),
    report: Report,
    /// The folder in which one version after the other is built.
    dir: PathBuf,
    target: PathBuf,
    /// What passed, now or before: keys made of all that matters.
    passed: BTreeSet<String>,
}

/// What is expected of a version, which is the name of a test and how it ends.
#[derive(Debug, Clone, Copy, Hash)]
enum Expected<'a> {
    /// It passes, and so do all other tests. There is no such test before the first task.
    Green(Option<&'a str>),
    /// It does not compile or fails.
    Red(&'a str),
    /// It fails and prints these words.
    Says(&'a str, &'a str),
}

impl<'a> Checks<'a> {
    fn new(series: &'a Series<'a>, note: &'a dyn Fn(&str)) -> Result<Self> {
        let target = kit::cargo::target(&series.workspace.root)?;
        let dir = target.join(format!("series/work/step{:02}", series.step.meta.number));
        let text = fs::read_to_string(dir.with_extension("passed")).unwrap_or_default();
        let (report, passed) = (Report::default(), text.lines().map(str::to_owned).collect());
        Ok(Checks { series, note, report, dir, target, passed })
    }

    /// Writes down what passed.
    fn remember(&self) -> Result<()> {
        let text: String = self.passed.iter().map(|key| format!("{key}\n")).collect();
        fs::create_dir_all(self.dir.parent().context("it is in a folder")?)?;
        fs::write(self.dir.with_extension("passed"), text).context("cannot write what passed")
    }

    /// Checks the versions of one task, or of all tasks.
    fn run(&mut self, part: Part) {
        let series = self.series;
        if part == Part::All {
            self.version("prefix 0", &series.prefixes[0], 0, Expected::Green(None));
        }
        for (index, it) in series.tasks.iter().enumerate() {
            let (number, before) = (index + 1, &series.prefixes[index]);
            if part != Part::All && part != Part::Task(number) {
                continue;
            }
            let title = format!("task {number}, \"{}\"", it.title);
            if part != Part::All {
                self.judge(&format!("{title}: size"), |checks| checks.size(number));
            }
            let start = series.starts[index].as_ref().unwrap_or(before);
            self.version(&format!("{title}: start"), start, number, Expected::Red(&it.test));
            let name = format!("{title}: naive");
            match (&it.naive, &series.naives[index]) {
                (None, None) => {}
                (Some(naive), Some(snapshot)) => {
                    let test = naive.test.as_ref().unwrap_or(&it.test);
                    self.version(&name, snapshot, number, Expected::Says(test, &naive.says));
                }
                _ => self.judge(&name, |_| {
                    bail!("{number}.naive.patch and [task.naive] go together, and one is missing")
                }),
            }
            let after = &series.prefixes[number];
            let expected = Expected::Green(Some(&it.test));
            self.version(&format!("prefix {number}"), after, number, expected);
        }
    }

    /// Checks what needs no compiler.
    fn run_text(&mut self) {
        self.judge("the last prefix is the step", |checks| checks.is_complete());
        self.judge("the chapter and the hints", |checks| checks.is_about());
        for (index, task) in self.series.tasks.iter().enumerate() {
            let name = format!("task {}, \"{}\": size", index + 1, task.title);
            self.judge(&name, |checks| checks.size(index + 1));
        }
    }

    /// Runs one check.
    fn judge(&mut self, name: &str, check: impl FnOnce(&mut Self) -> Result<String>) {
        let name = format!("step {:02}, {name}", self.series.step.meta.number);
        let began = Instant::now();
        match check(self) {
            Ok(said) => {
                self.report.passed += 1;
                if !said.is_empty() {
                    let took = began.elapsed().as_secs_f32();
                    (self.note)(&format!("{name}: {said} ({took:.1} s)"));
                }
            }
            Err(error) => {
                (self.note)(&format!("{name}: FAILED"));
                let detail = format!("{error:#}").trim_end().to_owned();
                self.report.failures.push(Failure { name, detail });
            }
        }
    }

    /// The last prefix has the sources and dependencies of the step.
    fn is_complete(&self) -> Result<String> {
        let own = Snapshot::read(&self.series.step.dir, self.series.step)?;
        let last = self.series.prefixes.last().context("there is a prefix")?;
        let Some(path) = last.changed(&own).first().cloned() else { return Ok(String::new()) };
        let (old, new) = (last.text(&path), own.text(&path));
        let line = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
        let number = self.series.step.meta.number;
        bail!(
            "{path} differs from line {} on\nexpected: {:?}\n     got: {:?}\n\
             run `cargo xtask series {number} --lay --carry`, edit the folders, and save them with \
             `cargo xtask series {number} --save`",
            line + 1,
            new.lines().nth(line).unwrap_or("no such line"),
            old.lines().nth(line).unwrap_or("no such line"),
        );
    }

    /// The chapter has a section for each task, and each hint is about something that is there.
    fn is_about(&self) -> Result<String> {
        let (series, step) = (self.series, self.series.step);
        let mut problems = along::problems(series)?;
        for number in 1..=series.tasks.len() {
            let words = format!("Task {number}");
            if !Reading::of(series.workspace, step, &words).is_found() {
                let chapter = step.meta.chapter.display();
                problems.push(format!("task {number}: no heading of {chapter} has {words:?}"));
            }
        }
        ensure!(problems.is_empty(), "{}", problems.join("\n"));
        Ok(String::new())
    }

    /// A task is small enough for one sitting.
    fn size(&self, number: usize) -> Result<String> {
        let Series { prefixes, starts, .. } = self.series;
        let start = starts[number - 1].as_ref().unwrap_or(&prefixes[number - 1]);
        let lines = start.lines_to(&prefixes[number]);
        ensure!(
            lines <= MOST,
            "{lines} lines of code change, more than {MOST}: make two tasks of it"
        );
        Ok(match lines > MANY {
            true => format!("warning: {lines} lines of code change, more than {MANY}"),
            false => String::new(),
        })
    }

    /// Lays a version in the work folder and checks it, unless it passed before.
    fn version(&mut self, name: &str, files: &Snapshot, reached: usize, expected: Expected<'_>) {
        self.judge(name, |checks| {
            let files = checks.series.folder(files, reached, "series")?;
            let mut hasher = DefaultHasher::new();
            (&files, expected).hash(&mut hasher);
            let key = format!("{:016x}", hasher.finish());
            if checks.passed.contains(&key) {
                return Ok("passed before".to_owned());
            }
            tree::mirror(&checks.dir, &files)?;
            let said = checks.outcome(expected)?;
            checks.passed.insert(key);
            Ok(said)
        });
    }

    /// Builds the version that is laid and runs what is expected of it. Returns what came of it, if that is expected.
    fn outcome(&self, expected: Expected<'_>) -> Result<String> {
        let mut command = kit::cargo::copy(&self.dir, &self.target, "series/build");
        command.arg("--quiet").env("CARGO_TERM_COLOR", "never").stderr(Stdio::piped());
        if let Expected::Red(test) | Expected::Says(test, _) = expected {
            command.args(["--test", &self.series.binary_of(test)]);
        }
        let tests = match (binaries::build(command)?, expected) {
            (Ok(built), _) => built.tests,
            (Err(errors), Expected::Red(test)) => {
                let error = errors.lines().find(|line| line.starts_with("error"));
                let error = error.unwrap_or(&errors);
                return Ok(format!("{test} is red, it does not compile: {error}"));
            }
            (Err(errors), _) => bail!("it does not compile\n{errors}"),
        };
        let find = |name: &str| {
            let test = tests.iter().find(|test| test.name == name);
            test.with_context(|| format!("there is no test {name} in the modules reached"))
        };
        let red = |name: &str| binaries::run(&[find(name)?], RED, &|_| {}).remove(0).1;
        match expected {
            Expected::Green(test) => {
                test.map(find).transpose()?;
                let all: Vec<&Test> = tests.iter().collect();
                let report = binaries::report(binaries::run(&all, GREEN, &|_| {}), "");
                let failures = &report.failures;
                let shown = failures.iter().take(SHOWN);
                let shown = shown.map(|it| format!("FAILED {}\n{}\n", it.name, it.detail));
                let shown: String = shown.collect();
                ensure!(
                    failures.is_empty(),
                    "{} of {} tests fail\n{shown}",
                    failures.len(),
                    all.len()
                );
                Ok(format!("compiles, {} tests pass", report.passed))
            }
            Expected::Red(test) => {
                let passed = red(test)?.passed;
                ensure!(
                    !passed,
                    "{test} passes before anything is written: name a test that fails"
                );
                Ok(format!("{test} is red"))
            }
            Expected::Says(test, words) => {
                let outcome = red(test)?;
                ensure!(!outcome.passed, "{test} passes: the naive version should fail");
                let said = outcome.said;
                ensure!(
                    said.contains(words),
                    "expected: a failure that prints {words:?}\n     got: {said}"
                );
                Ok(format!("{test} fails, and prints {words:?}"))
            }
        }
    }
}
