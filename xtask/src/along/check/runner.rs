//! Runs the parts of a check.

use std::{
    env, fs,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};

use super::{GAME, Part, leftovers};
use crate::{
    along::{mine::Mine, mirror::mirror},
    report::{Failure, Report},
    suite::{self, Target},
    test_all::{Cargo, listen, progress::Progress},
    verdict,
};

/// How long a test may take, in seconds: what waits for ever here is a mistake, and not a busy machine.
const DEADLINE: &str = "10";

/// How the name of a failure ends that is a test file's own.
const BROKEN: &str = ": runs to its end";

/// How the name of a failure ends that is no test's: nothing was run.
pub const UNBUILT: &str = " does not build";

/// What a test says that did not end, between its name and how long that took.
const LATE: &str = " did not end within ";

/// What tells cargo where to put whatever is no program.
const BUILD_DIR: &str = "CARGO_BUILD_BUILD_DIR";

/// Runs the parts of a check.
pub struct Runner<'a> {
    mine: &'a Mine<'a>,
    /// What is built: the learner's folder, or a copy of it.
    dir: PathBuf,
    /// Where programs go, apart from those of the steps, which have the same names.
    target: PathBuf,
    /// Where everything else goes that cargo makes, and where the steps' dependencies are compiled already.
    build: PathBuf,
    /// Whether to go on after a failure.
    all: bool,
}

impl<'a> Runner<'a> {
    /// Checks the learner's folder, or if its tests are not ours a copy of it.
    pub fn new(mine: &'a Mine<'a>, copied: bool, all: bool) -> Result<Self> {
        let build = Cargo::new(mine.workspace)?.target().to_owned();
        let target = build.join("my");
        let mut dir = mine.dir.clone();
        if copied {
            dir = target.join("copies").join(mine.name());
            mirror(mine, &dir).context("cannot make a copy to run our tests in")?;
        }
        Ok(Runner { mine, dir, target, build, all })
    }

    /// Runs a part, and shows that it does.
    pub fn run(&self, part: &Part<'_>) -> Report {
        let started = Instant::now();
        let name = match part {
            // Cargo shows its own progress.
            Part::Build => return self.build_all(),
            Part::Test(path) => (*path).to_owned(),
            Part::Kept(paths) => format!("{} test files of the steps before", paths.len()),
            Part::Docs => "doc tests".to_owned(),
            Part::Manifest => "Cargo.toml".to_owned(),
            Part::Game => GAME.to_owned(),
        };
        let progress = Progress::start(&name);
        let note = |now: &str| progress.note(now);
        let mut report = match part {
            Part::Build => Report::default(),
            Part::Test(path) => self.test(&[path], &note),
            Part::Kept(paths) => self.test(paths, &note),
            Part::Docs => self.listen(&["--doc".to_owned()], &note),
            Part::Manifest => self.manifest(),
            Part::Game => {
                let name = format!("{}{}", self.mine.step.name, env::consts::EXE_SUFFIX);
                let binary = self.target.join("debug").join(name);
                let target = Target { binary, level: self.mine.number() };
                suite::run(&target, &note, !self.all)
            }
        };
        report.took = started.elapsed();
        progress.finish(&report);
        report
    }

    /// Builds the library and the program, with all that cargo says.
    fn build_all(&self) -> Report {
        let mut command = self.cargo("build");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let failed = match command.status() {
            Ok(status) if status.success() => return Report::default(),
            Ok(_) => "what cargo says of it is above. What is missing is what is to be written."
                .to_owned(),
            Err(error) => format!("cannot start cargo: {error}"),
        };
        let name = format!("{}{UNBUILT}", self.mine.shown());
        Report { failures: vec![Failure { name, detail: failed }], ..Report::default() }
    }

    /// Runs test files.
    fn test(&self, paths: &[&str], note: &dyn Fn(&str)) -> Report {
        let names =
            paths.iter().map(|path| path.trim_start_matches("tests/").trim_end_matches(".rs"));
        let options: Vec<String> =
            names.flat_map(|name| ["--test".to_owned(), name.to_owned()]).collect();
        let mut report = self.listen(&options, note);
        if let Some(broken) =
            report.failures.iter().position(|failure| failure.name.ends_with(BROKEN))
        {
            let Failure { name, detail } = report.failures.remove(broken);
            report.failures.extend(self.one_by_one(&name, &detail, note));
        }
        // As they stand in the files: what is simple comes first there.
        let files = paths.iter().filter_map(|path| fs::read_to_string(self.dir.join(path)).ok());
        let files: String = files.collect();
        report.failures.sort_by_key(|failure| {
            let name = failure.name.rsplit(": ").next().unwrap_or_default();
            files.find(&format!("fn {name}(")).unwrap_or(usize::MAX)
        });
        let unbuilt =
            report.failures.iter().position(|failure| failure.name.ends_with("build and run"));
        if let Some(unbuilt) = unbuilt {
            // Once more, for what cargo says about it, in colours.
            let mut command = self.cargo("test");
            let color = if io::stderr().is_terminal() { "always" } else { "never" };
            command.args(["--quiet", "--no-run"]).args(&options).env("CARGO_TERM_COLOR", color);
            if let Ok(output) = command.stdin(Stdio::null()).output()
                && !output.status.success()
            {
                let _ = io::stderr().write_all(&output.stderr);
                report.failures[unbuilt] = Failure {
                    name: format!("{}{UNBUILT}", paths.join(", ")),
                    detail: "what cargo says of it is above".to_owned(),
                };
            }
        }
        report
    }

    /// Makes failures of what a test file said that broke off. What failed before is lost with it, so that runs again.
    fn one_by_one(&self, broken: &str, said: &str, note: &dyn Fn(&str)) -> Vec<Failure> {
        let path = broken.split(": ").next().unwrap_or(broken);
        let name = path.trim_start_matches("tests/").trim_end_matches(".rs");
        let failed =
            said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
        let failed: Vec<String> = failed.map(str::to_owned).collect();
        let mut failures = Vec::new();
        if !failed.is_empty() {
            let options = ["--test", name, "--", "--exact"].map(str::to_owned);
            failures = self.listen(&[&options[..], &failed].concat(), note).failures;
        }
        let mut late = said.lines().filter_map(|line| line.split_once(LATE));
        failures.push(match late.next() {
            Some((late, limit)) => Failure {
                // Where tests run one after the other, the harness has begun a line.
                name: format!("{path}: {}", late.rsplit(' ').next().unwrap_or(late)),
                detail: format!("expected: an end\n     got: none within {limit}"),
            },
            None => Failure { name: broken.to_owned(), detail: said.to_owned() },
        });
        failures
    }

    /// Runs `cargo test` with these options, and hears what it says.
    fn listen(&self, options: &[String], note: &dyn Fn(&str)) -> Report {
        let mut command = self.cargo("test");
        command.env("RUST_BACKTRACE", "0");
        // It would write into the learner's folder.
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        if self.all {
            command.arg("--no-fail-fast");
        }
        command.args(options);
        if env::var_os("TEST_DEADLINE").is_none() {
            command.env("TEST_DEADLINE", DEADLINE);
        }
        let package = &self.mine.step.name;
        let mut report = listen(command, package, note);
        // In a folder of its own there is but one package.
        for failure in &mut report.failures {
            let place = format!("(in {})", self.mine.shown());
            failure.detail =
                failure.detail.replace(&format!("cargo test -p {package}"), "cargo test");
            if failure.detail.contains("again alone: ") {
                failure.detail += &format!("  {place}");
            }
        }
        report
    }

    /// Finds what `Cargo.toml` should name no more.
    fn manifest(&self) -> Report {
        let mut report = Report::default();
        let error = match leftovers(self.mine) {
            Ok(names) if names.is_empty() => return report,
            Ok(names) => verdict::mismatch(
                format!("no {}: step {:02} does without", names.join(", "), self.mine.number()),
                format!("{} under [dependencies]", names.join(", ")),
            ),
            Err(error) => error,
        };
        let name = format!("{}/Cargo.toml", self.mine.shown());
        report.failures.push(Failure { name, detail: format!("{error:#}") });
        report
    }

    /// A cargo command on what is checked.
    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg(command).current_dir(&self.dir);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        // Before Rust 1.91 cargo knows nothing of it, and compiles the dependencies once more.
        if env::var_os(BUILD_DIR).is_none() {
            cargo.env(BUILD_DIR, &self.build);
        }
        cargo
    }
}
