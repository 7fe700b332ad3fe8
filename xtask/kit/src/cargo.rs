//! Calls of cargo. Paths are asked for and never put together, because they depend on settings that only cargo knows.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{
    binaries::{self, Built, Limits, Test},
    report::{Failure, Report},
    steps::{Step, Workspace},
};

/// Settings of the user's that change what cargo or a test prints, and that verdicts must not depend on.
const NOISE: [&str; 6] = [
    "CARGO_TERM_COLOR",
    "CARGO_TERM_QUIET",
    "CARGO_TERM_VERBOSE",
    "RUST_TEST_NOCAPTURE",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_TIME_UNIT",
];

/// A cargo command in a folder.
pub fn command(dir: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(dir).stdin(Stdio::null());
    for name in NOISE {
        cargo.env_remove(name);
    }
    // Cargo looks at its own stderr, which a test may have piped on its way to a terminal.
    cargo.env("CARGO_TERM_COLOR", if io::stderr().is_terminal() { "auto" } else { "never" });
    cargo
}

/// A `cargo test` command in a copy of a step, whose own results go below `target` into the folder `name`. Dependencies
/// are compiled once for all copies and for the steps.
pub fn copy(dir: &Path, target: &Path, name: &str) -> Command {
    let mut cargo = beside(dir, target, name);
    cargo.arg("test");
    cargo
}

/// The same without `test`.
pub fn beside(dir: &Path, target: &Path, name: &str) -> Command {
    let mut cargo = command(dir);
    cargo.env("CARGO_TARGET_DIR", target.join(name));
    // Before Rust 1.91 cargo ignores this variable, and compiles the dependencies once more.
    if env::var_os("CARGO_BUILD_BUILD_DIR").is_none() {
        cargo.env("CARGO_BUILD_BUILD_DIR", target);
    }
    cargo
}

/// Makes a cargo command compile models for loom. Give them a target folder of their own, because the flag
/// makes cargo compile everything again.
pub fn for_models(cargo: &mut Command) {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    cargo
        .args(["--release", "--test", "loom"])
        .env("RUSTFLAGS", format!("{flags} --cfg model").trim())
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // The models need speed, but to optimise more than loom takes longer than it saves.
        .envs(
            [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0"), ("OPT_LEVEL", "1")]
                .map(|(setting, value)| (format!("CARGO_PROFILE_RELEASE_{setting}"), value)),
        );
    for (package, level) in [("'*'", 0), ("loom", 3), ("generator", 3)] {
        let level = format!("profile.release.package.{package}.opt-level={level}");
        cargo.args(["--config", &level]);
    }
}

/// Where cargo puts what it builds for a workspace.
pub fn target(root: &Path) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let mut cargo = command(root);
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
    let output = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "`cargo metadata` failed. Its error is above");
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .context("`cargo metadata` printed something else")?;
    Ok(metadata.target_directory)
}

/// Builds a step's server, shows cargo's progress on stderr, and returns the program's path.
pub fn server(workspace: &Workspace, step: &Step) -> Result<PathBuf> {
    program(workspace, &step.name, &["--bin", &step.name])
}

/// Builds a step's server for release.
pub fn release(workspace: &Workspace, step: &Step) -> Result<PathBuf> {
    program(workspace, &step.name, &["--bin", &step.name, "--release"])
}

/// Builds an example of a package, with more options such as `--release`.
pub fn example(
    workspace: &Workspace,
    package: &str,
    name: &str,
    options: &[&str],
) -> Result<PathBuf> {
    program(workspace, package, &[&["--example", name], options].concat())
}

/// Builds a program of a package.
pub fn program(workspace: &Workspace, package: &str, options: &[&str]) -> Result<PathBuf> {
    let mut cargo = command(&workspace.root);
    cargo.args(["build", "--package", package]).args(options);
    match binaries::build(cargo)? {
        Ok(Built { mut programs, .. }) => {
            programs.pop_first().map(|(_, path)| path).context("cargo names no program")
        }
        Err(_) => bail!("{package} does not build. The compiler's errors are above"),
    }
}

/// Builds the servers of all steps, or of one, and returns their paths by the steps' numbers.
pub fn servers(workspace: &Workspace, only: Option<u8>) -> Result<BTreeMap<u8, PathBuf>> {
    let chosen = |step: &&Step| only.is_none_or(|only| only == step.meta.number);
    if let Some(number) = only {
        workspace.step(number)?;
    }
    let mut cargo = command(&workspace.root);
    cargo.args(["build", "--bins"]);
    for step in workspace.steps.iter().filter(chosen) {
        cargo.args(["--package", &step.name]);
    }
    let Ok(mut built) = binaries::build(cargo)? else {
        bail!("a step does not build. The compiler's errors are above");
    };
    let mut path = |step: &Step| built.programs.remove(&step.name).context("it has no program");
    workspace.steps.iter().filter(chosen).map(|step| Ok((step.meta.number, path(step)?))).collect()
}

/// Builds tests with a `cargo test` command and runs them, each in a process of its own.
pub fn tests(cargo: Command, package: &str, limits: Limits, note: &dyn Fn(&str)) -> Report {
    let errors = match binaries::build(cargo) {
        Ok(Ok(built)) => {
            let tests: Vec<&Test> = built.tests.iter().collect();
            return binaries::report(binaries::run(&tests, limits, note), package);
        }
        Ok(Err(errors)) => errors,
        Err(error) => format!("{error:#}"),
    };
    Report::failed(&format!("the tests of {package} build"), &errors)
}

/// Runs the examples in the documentation of a package with a `cargo test --doc` command.
pub fn doc_tests(mut cargo: Command, package: &str) -> Report {
    let began = Instant::now();
    cargo.env("CARGO_TERM_COLOR", "never").stdout(Stdio::piped()).stderr(Stdio::piped());
    // The examples become programs in the folder for temporary files, where programs may be forbidden.
    let temporary = cargo.get_current_dir().and_then(|dir| target(dir).ok());
    if let Some(temporary) = temporary.map(|target| target.join("tmp"))
        && fs::create_dir_all(&temporary).is_ok()
    {
        cargo.env("TMPDIR", temporary);
    }
    let mut report = match cargo.output() {
        Ok(output) => {
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            read_doc_tests(&printed, &errors, output.status.success(), package)
        }
        Err(error) => Report::failed("cargo starts", &error.to_string()),
    };
    report.took = began.elapsed();
    report
}

/// Makes a report of what `cargo test --doc` printed.
fn read_doc_tests(printed: &str, errors: &str, success: bool, package: &str) -> Report {
    let mut report = Report::default();
    for test in printed.lines().filter_map(|line| line.strip_prefix("test ")) {
        report.passed += usize::from(test.ends_with(" ... ok"));
        if let Some((name, why)) = test.split_once(" ... ignored") {
            report.skipped.push(format!("{name}: {}", why.trim_start_matches(", ")));
        }
    }
    for part in printed.split("\n---- ").skip(1) {
        let Some((name, said)) = part.split_once(" stdout ----\n") else { continue };
        let said = said.split("\nfailures:\n").next().unwrap_or_default().trim();
        let detail = format!("{said}\nagain alone: cargo test -p {package} --doc");
        report.failures.push(Failure { name: format!("doc tests: {name}"), detail });
    }
    if !success && report.failures.is_empty() {
        let name = format!("the documentation of {package} builds");
        report.failures.push(Failure { name, detail: format!("{printed}{errors}") });
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_example_has_its_name_and_its_output() {
        let printed = "running 2 tests\ntest src/a.rs - a (line 3) ... ok\ntest src/a.rs - b (line 9) ... FAILED\n\n\
                       failures:\n\n---- src/a.rs - b (line 9) stdout ----\nTest panicked\nleft: 1\n\n\
                       failures:\n    src/a.rs - b (line 9)\n\ntest result: FAILED. 1 passed; 1 failed\n";
        let report = read_doc_tests(printed, "", false, "step02");
        assert_eq!(report.passed, 1);
        let [failure] = &report.failures[..] else { panic!("{report:?}") };
        assert_eq!(failure.name, "doc tests: src/a.rs - b (line 9)");
        let expected = "Test panicked\nleft: 1\nagain alone: cargo test -p step02 --doc";
        assert_eq!(failure.detail, expected);
        let report = read_doc_tests("", "error: expected `;`", false, "step02");
        assert!(report.failures[0].detail.contains("expected `;`"));
    }
}
