//! Test binaries: cargo builds them, and every test runs in a process of its own.
//!
//! A test that hangs or aborts then costs only its own result.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::report::{Failure, Report};

/// The test binary that has a module for each test file.
pub const ALL: &str = "all";

/// How long reading the output of a killed test may take: a process that the test started can hold the pipe open.
const GRACE: Duration = Duration::from_secs(1);

/// What cargo built.
#[derive(Debug, Default)]
pub struct Built {
    /// The tests in the test binaries.
    pub tests: Vec<Test>,
    /// The programs and examples that were built, by their name.
    pub programs: BTreeMap<String, PathBuf>,
}

/// A test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name: `waker::a_wake_is_kept`, with the name of its binary in front unless that is `all`.
    pub name: String,
    /// Its name in its binary.
    case: String,
    binary: PathBuf,
    /// The options that make cargo run only that binary: `--test all`.
    options: String,
    /// The folder of the package, in which tests run.
    dir: PathBuf,
}

/// How a test ended.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it passed or was ignored.
    pub passed: bool,
    /// Why it was ignored, if it was.
    pub ignored: Option<String>,
    /// What it printed, without the harness around it.
    pub said: String,
}

/// How to run tests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `TEST_DEADLINE`, in seconds: how long a test waits before it aborts its process.
    pub deadline: Option<u64>,
    /// How long a test may take before its process is killed.
    pub patience: Duration,
    /// Start no test after one has failed.
    pub fail_fast: bool,
}

/// An error or a warning of the compiler.
#[derive(Debug, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// What it says, in one line.
    pub message: String,
    /// All of it, as the compiler prints it.
    pub rendered: Option<String>,
    /// The places it is about.
    pub spans: Vec<Span>,
}

/// A place that a diagnostic is about.
#[derive(Debug, Deserialize)]
pub struct Span {
    /// The file, relative to the package.
    pub file_name: String,
}

/// The part of cargo's messages that matters here.
#[derive(Debug, Deserialize)]
struct Message {
    message: Option<Diagnostic>,
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    test: bool,
}

/// Builds with a command of cargo's that has its options already, as `cargo test`, and lists the tests that it built.
///
/// The inner error is what cargo printed on a stderr that is piped; nothing if it is not.
pub fn build(command: Command) -> Result<Result<Built, String>> {
    let (built, errors) = build_some(command)?;
    Ok(errors.map_or(Ok(built), Err))
}

/// Builds as [`build`] does, and also lists what was built where something else was not.
pub fn build_some(mut command: Command) -> Result<(Built, Option<String>)> {
    if command.get_args().next().is_some_and(|word| word == "test") {
        command.arg("--no-run");
    }
    command.arg("--message-format=json-render-diagnostics");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.spawn().context("cannot start cargo: is it on the PATH?")?;
    let output = child.wait_with_output()?;
    let printed = || String::from_utf8_lossy(&output.stderr).into_owned();
    let errors = (!output.status.success()).then(printed);
    Ok((read(&output.stdout[..], &mut |_| {})?, errors))
}

/// Builds tests with a `cargo test` command, and passes on each diagnostic when it comes. Nothing is built if there is an
/// error.
pub fn build_with(
    mut command: Command,
    diagnostic: &mut dyn FnMut(Diagnostic),
) -> Result<Option<Built>> {
    let colour = console::colors_enabled_stderr();
    let format = if colour { "json-diagnostic-rendered-ansi" } else { "json" };
    command.args(["--no-run", &format!("--message-format={format}")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo: is it on the PATH?")?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let built = read(BufReader::new(stdout), diagnostic);
    Ok(if child.wait()?.success() { Some(built?) } else { None })
}

fn read(messages: impl BufRead, diagnostic: &mut dyn FnMut(Diagnostic)) -> Result<Built> {
    let mut built = Built::default();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Message>(&line?) else { continue };
        if let Some(message) = message.message {
            diagnostic(message);
            continue;
        }
        let Message { executable: Some(path), manifest_path: Some(manifest), .. } = message else {
            continue;
        };
        let (Some(Target { name, kind }), Some(profile)) = (message.target, message.profile) else {
            continue;
        };
        if !profile.test {
            if kind == ["bin"] || kind == ["example"] {
                built.programs.insert(name, path);
            }
            continue;
        }
        // The prefix comes before the name of a test when people name it.
        let (options, prefix) = match kind.first().map(String::as_str) {
            Some("test") if name == ALL => (format!("--test {name}"), String::new()),
            Some("test") => (format!("--test {name}"), format!("{name}::")),
            Some("bin") => (format!("--bin {name}"), "main.rs: ".to_owned()),
            Some("example") => (format!("--example {name}"), format!("{name}: ")),
            _ => ("--lib".to_owned(), "lib.rs: ".to_owned()),
        };
        let dir = manifest.parent().context("a manifest is in a folder")?;
        let mut command = Command::new(&path);
        command.args(["--list", "--format", "terse"]).current_dir(dir);
        let output = command.output().with_context(|| format!("cannot run {}", path.display()))?;
        ensure!(output.status.success(), "{} does not list its tests", path.display());
        let list = String::from_utf8_lossy(&output.stdout);
        for case in list.lines().filter_map(|line| line.strip_suffix(": test")) {
            built.tests.push(Test {
                name: format!("{prefix}{case}"),
                case: case.to_owned(),
                binary: path.clone(),
                options: options.clone(),
                dir: dir.to_owned(),
            });
        }
    }
    Ok(built)
}

/// Runs tests, as many at a time as there are processors, and gives the outcomes of those that ran.
pub fn run<'a>(
    tests: &[&'a Test],
    limits: Limits,
    note: &dyn Fn(&str),
) -> Vec<(&'a Test, Result<Outcome>)> {
    run_while(tests, limits, processors(), note, &|outcome| outcome.passed || !limits.fail_fast)
}

/// How many tests run at once.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs tests as [`run`] does, with this many at a time. After an outcome with which it should not go on, it starts no
/// more of them.
pub fn run_while<'a>(
    tests: &[&'a Test],
    limits: Limits,
    at_once: usize,
    note: &dyn Fn(&str),
    goes_on: &(dyn Fn(&Outcome) -> bool + Sync),
) -> Vec<(&'a Test, Result<Outcome>)> {
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let outcomes = Mutex::new(Vec::new());
    let (started, names) = mpsc::channel::<&str>();
    thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, tests.len().max(1)) {
            let started = started.clone();
            let (next, is_over, outcomes) = (&next, &is_over, &outcomes);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = tests.get(index) else { return };
                    // A test that hangs is the one whose name is seen meanwhile.
                    let _ = started.send(&test.name);
                    let outcome = test.run(limits);
                    if !outcome.as_ref().map_or(!limits.fail_fast, goes_on) {
                        is_over.store(true, Ordering::Relaxed);
                    }
                    outcomes.lock().expect("no thread panics").push((index, outcome));
                }
            });
        }
        drop(started);
        for name in names {
            note(name);
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no thread panics");
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(index, outcome)| (tests[index], outcome)).collect()
}

/// Makes a report of outcomes. `package` is what cargo's `-p` takes; empty in a folder of a single package.
pub fn report(outcomes: Vec<(&Test, Result<Outcome>)>, package: &str) -> Report {
    let mut report = Report::default();
    for (test, outcome) in outcomes {
        let name = test.name.clone();
        match outcome {
            Ok(Outcome { ignored: Some(why), .. }) => report.skipped.push(format!("{name}: {why}")),
            Ok(Outcome { passed: true, .. }) => report.passed += 1,
            Ok(Outcome { said, .. }) => {
                let detail = format!("{}\nagain alone: {}", said.trim(), test.again(package));
                report.failures.push(Failure { name, detail });
            }
            Err(error) => report.failures.push(Failure { name, detail: format!("{error:#}") }),
        }
    }
    report
}

impl Test {
    /// Whether the package in that folder has this test.
    pub fn is_of(&self, dir: &Path) -> bool {
        self.dir == dir
    }

    /// The command that runs this test again.
    fn again(&self, package: &str) -> String {
        let package = if package.is_empty() { String::new() } else { format!("-p {package} ") };
        format!("cargo test {package}{} {}", self.options, self.case)
    }

    /// Runs the test in a process of its own.
    fn run(&self, limits: Limits) -> Result<Outcome> {
        // One pipe for both, so that the lines stay in order.
        let (mut reader, writer) = io::pipe().context("cannot open a pipe")?;
        let mut command = Command::new(&self.binary);
        command
            // With one thread the test would run on the main thread, which does not have its name.
            .args(["--exact", &self.case, "--color", "never", "--test-threads", "2", "--nocapture"])
            .current_dir(&self.dir)
            .env("CARGO_MANIFEST_DIR", &self.dir)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        if let Some(deadline) = limits.deadline {
            command.env("TEST_DEADLINE", deadline.to_string());
        }
        let began = Instant::now();
        let mut child = command.spawn().context("cannot start the test")?;
        // The command holds the pipe's writing end: while it lives, the output does not end.
        drop(command);
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = reader.read_to_end(&mut said);
            let _ = ended.send(said);
        });
        let mut said = end.recv_timeout(limits.patience).ok();
        let is_late = said.is_none();
        if is_late {
            child.kill().context("cannot kill a test that does not end")?;
            said = end.recv_timeout(GRACE).ok();
        }
        let status = child.wait()?;
        let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
        let late = format!("{} did not end within {:.0?}\n", self.case, began.elapsed());
        let said = if is_late { late + &said } else { said };
        // A test that ends its process with status 0 has no result.
        let passed = status.success() && said.contains("test result: ok. ");
        let result = format!("test {} ", self.case);
        let (own, result) = said.rsplit_once(&result).unwrap_or((&said, ""));
        let why = result.strip_prefix("... ignored").and_then(|result| result.lines().next());
        let ignored = why.map(|why| {
            let why = why.trim_start_matches(", ");
            if why.is_empty() { "it is marked `ignore`" } else { why }.to_owned()
        });
        let mut said = own.replacen("\nrunning 1 test\n", "", 1);
        if !passed && !is_late && status.code() != Some(101) {
            said += &format!("\nthe test ended its process: {status}\n");
        }
        Ok(Outcome { passed, ignored, said })
    }
}
