//! Builds and tests, done by cargo.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    binaries::{self, Limits, Test},
    report::{Failure, Report},
    steps::{Step, Workspace},
    test_all::{NESTED, libtest::Listener},
};

/// Cargo, at work on one workspace.
#[derive(Debug)]
pub struct Cargo {
    /// The program.
    program: OsString,
    /// The workspace.
    root: PathBuf,
    /// Where it puts what it builds.
    target: PathBuf,
}

impl Cargo {
    /// Cargo for that workspace.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let target = PathBuf::from(target);
        // Cargo takes the variable as relative to where it is started, and it is started in the workspace from now on.
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(_) => env::current_dir()
                .context("there is no current folder: change to one that exists")?
                .join(target),
            None => workspace.root.join(target),
        };
        Ok(Cargo {
            program: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            root: workspace.root.clone(),
            target,
        })
    }

    /// Where it puts what it builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A step's program, once it is built.
    pub fn binary(&self, step: &Step) -> PathBuf {
        let name = format!("{}{}", step.name, env::consts::EXE_SUFFIX);
        self.target.join("debug").join(name)
    }

    /// A package's example, once it is built.
    pub fn example(&self, name: &str) -> PathBuf {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.target.join("debug/examples").join(name)
    }

    /// Builds examples of a package. Cargo's own progress shows meanwhile.
    pub fn build_examples(&self, package: &str, names: &[&str]) -> Result<()> {
        let names = names.iter().flat_map(|name| ["--example", name]);
        self.run_build(["build", "--package", package].into_iter().chain(names))
    }

    /// Builds a package's programs and, if wanted, its tests. Cargo's own progress shows meanwhile.
    ///
    /// One package at a time, as `test` does it: built together, packages share the features of their dependencies.
    pub fn build(&self, package: &str, tests: bool) -> Result<()> {
        let arguments: &[&str] = if tests {
            &["test", "--no-run", "--package", package]
        } else {
            &["build", "--bins", "--package", package]
        };
        self.run_build(arguments.iter().copied())
    }

    /// Lets cargo build something.
    fn run_build<'a>(&self, arguments: impl Iterator<Item = &'a str>) -> Result<()> {
        let arguments: Vec<&str> = arguments.collect();
        let mut command = self.command();
        command.args(&arguments).stdout(Stdio::null());
        if !command.status().context(NO_CARGO)?.success() {
            bail!("`cargo {}` failed: what it said is above, mend that first", arguments.join(" "));
        }
        Ok(())
    }

    /// Runs the tests of a step, each in a process of its own, and then those of its documentation.
    pub fn test_step(&self, step: &Step, fail_fast: bool, note: &dyn Fn(&str)) -> Report {
        let package = &step.name;
        let command = |more: &[&str]| {
            let mut command = self.command();
            command.args(["test", "--package", package]).args(more);
            command.env("CARGO_TERM_COLOR", "never").stderr(Stdio::piped());
            command
        };
        let failed = |detail: String| Report {
            failures: vec![Failure { name: format!("the tests of {package} build"), detail }],
            ..Report::default()
        };
        let limits = Limits { deadline: None, patience: PATIENCE, fail_fast };
        let mut report = match binaries::build(command(&[])) {
            Ok(Ok(built)) => {
                let tests: Vec<&Test> = built.tests.iter().collect();
                binaries::report(binaries::run(&tests, limits, note), package)
            }
            Ok(Err(said)) => return failed(said),
            Err(error) => return failed(format!("{error:#}")),
        };
        if !fail_fast || report.failures.is_empty() {
            let mut docs = listen(command(&["--doc"]), package, note);
            report.passed += docs.passed;
            report.failures.append(&mut docs.failures);
            report.skipped.append(&mut docs.skipped);
        }
        report
    }

    /// Runs the tests of a package that is no step, its documentation's included.
    pub fn test(&self, package: &str, fail_fast: bool, note: &dyn Fn(&str)) -> Report {
        let mut command = self.command();
        command.args(["test", "--package", package]);
        if !fail_fast {
            command.arg("--no-fail-fast");
        }
        command.env(NESTED, "1");
        listen(command, package, note)
    }

    /// Runs a step's loom models, in a target folder of their own: the flag rebuilds everything.
    pub fn loom(&self, step: &Step, note: &dyn Fn(&str)) -> Report {
        let flags = env::var("RUSTFLAGS").unwrap_or_default();
        let flags = format!("{flags} --cfg {}", loom_cfg(step));
        let mut command = self.command();
        command
            .args(["test", "--release", "--test", "loom", "--package"])
            .arg(&step.name)
            .env("RUSTFLAGS", flags.trim())
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("CARGO_TARGET_DIR", self.target.join("loom"))
            // The models want speed, and not the last of it: optimising across crates takes longer than they do.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        let mut report = listen(command, &step.name, note);
        // Without its flag the file is empty, and would pass without having said anything.
        if report.passed == 0 && report.failures.is_empty() {
            report.failures.push(Failure {
                name: "tests/loom.rs has models".to_owned(),
                detail: format!(
                    "no test ran with `{}`: does the file begin with `#![cfg(loom)]`?",
                    flags.trim()
                ),
            });
        }
        report
    }

    /// Runs a step's tests, but not its documentation's, with AddressSanitizer, in a target folder of their own.
    pub fn sanitized(&self, step: &Step, target: &str, note: &dyn Fn(&str)) -> Report {
        let flags = env::var("RUSTFLAGS").unwrap_or_default();
        let mut command = self.command();
        command
            .args(["test", "--tests", "--no-fail-fast", "--target", target, "--package"])
            .arg(&step.name)
            // It keeps memory that was given back for a while, to see who still uses it: the process grows by that.
            .args(["--", "--skip", "leave_no_memory_behind", "--skip", "owns_no_buffers"])
            // These leak on purpose: a join that is forgotten, and a panic whose value panics again and again.
            .args(["--skip", "a_join_in_another_executor", "--skip", "a_payload_that_panics"])
            // The stable compiler can do it, and wants to be asked like this.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", format!("{flags} -Zsanitizer=address").trim())
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("CARGO_TARGET_DIR", self.target.join("asan"))
            .env(NESTED, "1");
        listen(command, &step.name, note)
    }

    /// A command that runs cargo in the workspace.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).stdin(Stdio::null());
        command
    }
}

/// The flag that a step's models want, as the file says it in `#![cfg(…)]`.
///
/// It need not be `loom`: other crates know that one too, and then want features that nobody turned on.
fn loom_cfg(step: &Step) -> String {
    let text = fs::read_to_string(step.dir.join("tests/loom.rs")).unwrap_or_default();
    let mut flags = text.lines().filter_map(|line| {
        let flag = line.trim().strip_prefix("#![cfg(")?.strip_suffix(")]")?;
        Some(flag.to_owned())
    });
    flags.next().unwrap_or_else(|| "loom".to_owned())
}

/// How long a test of a step may take before its process is killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to say when cargo does not even start.
const NO_CARGO: &str = "cannot start cargo: is it on the PATH?";

/// Runs a test command and makes a report of what it says.
pub fn listen(command: Command, package: &str, note: &dyn Fn(&str)) -> Report {
    let started = Instant::now();
    let mut listener = Listener::new(package);
    let mut report = match run(command, &mut listener, note) {
        Ok(status) => listener.finish(status),
        Err(error) => Report {
            failures: vec![Failure {
                name: format!("the tests of {package} run"),
                detail: format!("{error:#}"),
            }],
            ..Report::default()
        },
    };
    report.took = started.elapsed();
    report
}

/// Runs a command and passes every line it says on.
fn run(mut command: Command, listener: &mut Listener, note: &dyn Fn(&str)) -> Result<ExitStatus> {
    // One pipe for both: what cargo says of a test binary stands before what that binary says.
    let (reader, writer) = io::pipe().context("cannot open a pipe: too many files are open")?;
    let mut child = command
        .env("CARGO_TERM_COLOR", "never")
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .context(NO_CARGO)?;
    // The command holds the pipe's writing end: while it lives, the output does not end.
    drop(command);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if let Some(now) = listener.line(String::from_utf8_lossy(&line).trim_end_matches('\n')) {
            note(&now);
        }
        line.clear();
    }
    Ok(child.wait()?)
}
