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
};
use learn::{
    along::{self, sections::Reading},
    series::{Series, Snapshot, folder},
};

/// A task that changes more lines of code than this is reported, and one that changes more than `MOST` is an error.
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

/// Checks the series of one step or of all steps that have one.
pub fn check(
    workspace: &Workspace,
    step: Option<u8>,
    task: Option<usize>,
    again: bool,
    note: &dyn Fn(&str),
) -> Result<Report> {
    each(workspace, step, again, note, &|checks| {
        checks.run(task);
        checks.remember(task.is_none())
    })
}

/// Checks what needs no compiler: the patches of each series apply and lead to the step, no task is too large, and the
/// chapter and the hints are about the tasks.
pub fn text(workspace: &Workspace, only: Option<u8>) -> Result<Report> {
    each(workspace, only, false, &|_| {}, &|checks| {
        checks.run_text();
        Ok(())
    })
}

/// Runs checks on the series of one step or of all steps that have one.
fn each(
    workspace: &Workspace,
    only: Option<u8>,
    again: bool,
    note: &dyn Fn(&str),
    run: &dyn Fn(&mut Checks<'_>) -> Result<()>,
) -> Result<Report> {
    let began = Instant::now();
    let mut report = Report::default();
    let numbers = workspace.steps.iter().map(|step| step.meta.number);
    for number in numbers.filter(|number| only.is_none_or(|only| only == *number)) {
        match Series::load(workspace, number) {
            Ok(series) if !series.exists() => {}
            Ok(series) => {
                let mut checks = Checks::new(&series, again, note)?;
                run(&mut checks)?;
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
    /// What passed before, and what passed now: keys made of all that matters.
    known: BTreeSet<String>,
    passed: BTreeSet<String>,
}

impl<'a> Checks<'a> {
    fn new(series: &'a Series<'a>, again: bool, note: &'a dyn Fn(&str)) -> Result<Self> {
        let target = kit::cargo::target(&series.workspace.root)?;
        let dir = target.join(format!("series/work/step{:02}", series.step.meta.number));
        let mut checks = Checks {
            series,
            note,
            report: Report::default(),
            dir,
            target,
            known: BTreeSet::new(),
            passed: BTreeSet::new(),
        };
        if !again {
            let text = fs::read_to_string(checks.memory()).unwrap_or_default();
            checks.known = text.lines().map(str::to_owned).collect();
        }
        Ok(checks)
    }

    /// The file with the keys of what passed.
    fn memory(&self) -> PathBuf {
        self.dir.with_extension("passed")
    }

    /// Writes down what passed.
    fn remember(&mut self, all: bool) -> Result<()> {
        if !all {
            self.passed.append(&mut self.known);
        }
        let text: String = self.passed.iter().map(|key| format!("{key}\n")).collect();
        fs::create_dir_all(self.dir.parent().context("it is in a folder")?)?;
        fs::write(self.memory(), text).context("cannot write what passed")
    }

    /// Checks one task, or all and what they lead to.
    fn run(&mut self, task: Option<usize>) {
        let series = self.series;
        if task.is_none() {
            self.run_text();
            self.prefix(0);
        }
        for number in 1..=series.tasks.len() {
            if task.is_some_and(|task| task != number) {
                continue;
            }
            let title = format!("task {number}, \"{}\"", series.tasks[number - 1].title);
            if task.is_some() {
                self.judge(format!("{title}: size"), |checks| checks.size(number));
            }
            self.red(&title, number);
            self.naive(&title, number);
            self.prefix(number);
        }
    }

    /// Checks what needs no compiler.
    fn run_text(&mut self) {
        self.judge("the last prefix is the step".to_owned(), |checks| checks.is_complete());
        self.judge("the chapter and the hints".to_owned(), |checks| checks.is_about());
        for (index, task) in self.series.tasks.iter().enumerate() {
            let title = format!("task {}, \"{}\": size", index + 1, task.title);
            self.judge(title, |checks| checks.size(index + 1));
        }
    }

    /// Runs one check, unless it passed before with the same `key`.
    fn judge(&mut self, name: String, check: impl FnOnce(&mut Self) -> Result<String>) {
        let name = format!("step {:02}, {name}", self.series.step.meta.number);
        let began = Instant::now();
        match check(self) {
            Ok(said) => {
                self.report.passed += 1;
                if !said.is_empty() {
                    (self.note)(&format!(
                        "{name}: {said} ({:.1} s)",
                        began.elapsed().as_secs_f32()
                    ));
                }
            }
            Err(error) => {
                (self.note)(&format!("{name}: FAILED"));
                let detail = format!("{error:#}");
                self.report.failures.push(Failure { name, detail: detail.trim_end().to_owned() });
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
            let words = series.section(number);
            if !Reading::of(series.workspace, step, &words).is_found() {
                problems.push(format!(
                    "task {number}: no heading of {} has {words:?}",
                    step.meta.chapter.display()
                ));
            }
        }
        ensure!(problems.is_empty(), "{}", problems.join("\n"));
        Ok(String::new())
    }

    /// A task is small enough for one sitting.
    fn size(&self, number: usize) -> Result<String> {
        let [before, after] = [number - 1, number].map(|number| &self.series.prefixes[number]);
        match before.lines_to(after) {
            0..=MANY => Ok(String::new()),
            lines if lines <= MOST => {
                Ok(format!("warning: {lines} lines of code change, more than {MANY}"))
            }
            lines => bail!("{lines} lines of code change, more than {MOST}: make two tasks of it"),
        }
    }

    /// A prefix compiles, and the tests reached pass.
    fn prefix(&mut self, number: usize) {
        let snapshot = &self.series.prefixes[number];
        let task = number.checked_sub(1).map(|index| &self.series.tasks[index]);
        let kind = format!("green {}", task.map_or("", |task| &task.test));
        self.judge(format!("prefix {number}"), |checks| {
            checks.cached(snapshot, number, &kind, |checks| {
                let tests = checks
                    .build(&[])?
                    .map_err(|said| anyhow::anyhow!("it does not compile\n{said}"))?;
                if let Some(task) = task {
                    find(&tests, &task.test)?;
                }
                let all: Vec<&Test> = tests.iter().collect();
                let report = binaries::report(binaries::run(&all, GREEN, &|_| {}), "");
                let failures = &report.failures;
                if failures.is_empty() {
                    return Ok(format!("compiles, {} tests pass", report.passed));
                }
                let detail =
                    |failure: &Failure| format!("FAILED {}\n{}\n", failure.name, failure.detail);
                let details: String = failures.iter().take(SHOWN).map(detail).collect();
                bail!("{} of {} tests fail\n{details}", failures.len(), all.len());
            })
        });
    }

    /// The named test fails when its task begins.
    fn red(&mut self, title: &str, number: usize) {
        let task = &self.series.tasks[number - 1];
        let before = &self.series.prefixes[number - 1];
        let snapshot = self.series.starts[number - 1].as_ref().unwrap_or(before);
        self.judge(format!("{title}: start"), |checks| {
            checks.cached(snapshot, number, &task.test, |checks| {
                let test = &task.test;
                match checks.run_red(test)? {
                    Red::Unbuilt(error) => {
                        Ok(format!("{test} is red, it does not compile: {error}"))
                    }
                    Red::Failed(_) => Ok(format!("{test} is red")),
                    Red::Passed => {
                        bail!("{test} passes before anything is written: name a test that fails")
                    }
                }
            })
        });
    }

    /// The naive version fails with the expected words.
    fn naive(&mut self, title: &str, number: usize) {
        let task = &self.series.tasks[number - 1];
        let (naive, snapshot) = match (&task.naive, &self.series.naives[number - 1]) {
            (None, None) => return,
            (Some(naive), Some(snapshot)) => (naive, snapshot),
            (naive, _) => {
                let what =
                    if naive.is_some() { "there is no" } else { "no [task.naive] goes with" };
                return self
                    .judge(format!("{title}: naive"), |_| bail!("{what} {number}.naive.patch"));
            }
        };
        let (test, says) = (naive.test.as_ref().unwrap_or(&task.test), &naive.says);
        self.judge(format!("{title}: naive"), |checks| {
            checks.cached(snapshot, number, &format!("{test} says {says}"), |checks| {
                match checks.run_red(test)? {
                    Red::Unbuilt(error) => bail!("it does not compile: {error}"),
                    Red::Passed => bail!("{test} passes: the naive version should fail"),
                    Red::Failed(said) if said.contains(says) => {
                        Ok(format!("{test} fails, and prints {says:?}"))
                    }
                    Red::Failed(said) => {
                        bail!("expected: a failure that prints {says:?}\n     got: {said}")
                    }
                }
            })
        });
    }

    /// Lays a version in the work folder and checks it, unless it passed before.
    fn cached(
        &mut self,
        snapshot: &Snapshot,
        reached: usize,
        kind: &str,
        check: impl FnOnce(&Self) -> Result<String>,
    ) -> Result<String> {
        let files = self.series.folder(snapshot, reached, "series")?;
        let mut hasher = DefaultHasher::new();
        (&files, kind).hash(&mut hasher);
        let key = format!("{:016x}", hasher.finish());
        let said = match self.known.contains(&key) {
            true => "passed before".to_owned(),
            false => {
                folder::mirror(&self.dir, &files)?;
                check(self)?
            }
        };
        self.passed.insert(key);
        Ok(said)
    }

    /// Builds the tests of the version that is laid; the inner error is what the compiler printed.
    fn build(&self, options: &[&str]) -> Result<Result<Vec<Test>, String>> {
        let mut command = kit::cargo::copy(&self.dir, &self.target, "series/build");
        command
            .args(options)
            .arg("--quiet")
            .env("CARGO_TERM_COLOR", "never")
            .stderr(Stdio::piped());
        Ok(binaries::build(command)?.map(|built| built.tests))
    }

    /// Runs a test that should fail.
    fn run_red(&self, name: &str) -> Result<Red> {
        let binary = self.series.binary_of(name);
        let tests = match self.build(&["--test", &binary])? {
            Ok(tests) => tests,
            Err(said) => {
                let error = said.lines().find(|line| line.starts_with("error"));
                return Ok(Red::Unbuilt(error.unwrap_or(&said).to_owned()));
            }
        };
        let (_, outcome) = binaries::run(&[find(&tests, name)?], RED, &|_| {}).remove(0);
        let outcome = outcome?;
        Ok(if outcome.passed { Red::Passed } else { Red::Failed(outcome.said) })
    }
}

/// How a test ended that should fail.
enum Red {
    /// It does not compile, for this reason.
    Unbuilt(String),
    /// It failed, and printed this.
    Failed(String),
    Passed,
}

/// The test of that name.
fn find<'a>(tests: &'a [Test], name: &str) -> Result<&'a Test> {
    let test = tests.iter().find(|test| test.name == name);
    test.with_context(|| format!("there is no test {name} in the modules reached"))
}
