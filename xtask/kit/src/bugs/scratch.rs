//! A copy of the workspace to put bugs into.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use similar::TextDiff;

use crate::{
    bugs::Bug,
    cargo, manifest,
    steps::{Step, Workspace},
};

/// How long a test with a bug in it may take, building it included.
const PATIENCE: Duration = Duration::from_secs(180);

/// A copy of the workspace, and a place to build it.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
    target: PathBuf,
}

/// What came of a test.
#[derive(Debug)]
pub struct Run {
    /// Whether it passed.
    pub success: bool,
    /// What it said.
    pub output: String,
    /// The bug, as a difference.
    pub diff: String,
}

impl Scratch {
    /// Copies the workspace.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let target = cargo::target(&workspace.root)?.join("bugs");
        let root = target.join("workspace");
        if root.exists() {
            fs::remove_dir_all(&root).context("cannot clear the last copy of the workspace")?;
        }
        copy(&workspace.root, &root).context("cannot copy the workspace")?;
        Ok(Scratch { root, target: target.join("build") })
    }

    /// Where the copy is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Runs a bug's test with the bug in place, and takes the bug out again.
    pub fn run(&self, step: &Step, bug: &Bug) -> Result<Run> {
        let path = self.root.join(&step.name).join(&bug.file);
        let text = fs::read_to_string(&path)?;
        let broken = text.replacen(&bug.find, &bug.replace, 1);
        ensure!(broken != text, "the bug changes nothing");
        fs::write(&path, &broken)?;
        let tested = self.test(step, &bug.test);
        fs::write(&path, &text)?;
        let (success, output) = tested?;
        let diff =
            TextDiff::from_lines(&text, &broken).unified_diff().context_radius(2).to_string();
        Ok(Run { success, output, diff })
    }

    /// Runs one test, `file::name`. Returns whether it passed, and its output.
    fn test(&self, step: &Step, test: &str) -> Result<(bool, String)> {
        let (file, name) = test.split_once("::").context("a bug's test is `file::name`")?;
        let manifest = fs::read_to_string(self.root.join(&step.name).join("Cargo.toml"))?;
        // A file without a binary of its own is a module of `tests/all.rs`.
        let (binary, case) = match manifest::test_files(&manifest)? {
            Some(files) if !files.contains(&format!("tests/{file}.rs")) => ("all", test),
            _ => (file, name),
        };
        let mut command = self.cargo_for(&["test", "--package", &step.name, "--test", binary]);
        if file == "loom" {
            command
                .arg("--release")
                .env("RUSTFLAGS", "--cfg model")
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                // With a bug in it a model ends early: building it takes longer than running it.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_TARGET_DIR", self.target.join("loom"));
        }
        command
            .args(["--", "--exact", case])
            .env("RUST_BACKTRACE", "0")
            // Many bugs make their test wait forever: do not wait as long as a busy machine might need.
            .env("TEST_DEADLINE", "3")
            // These tests fail on purpose, so their seeds are not worth keeping.
            .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        let (success, said) = finish(command)?;
        ensure!(!said.contains("running 0 tests"), "there is no test `{test}` in {}", step.name);
        Ok((success, said))
    }

    /// Cargo, at work on the copy.
    fn cargo_for(&self, arguments: &[&str]) -> Command {
        let mut command = cargo::command(&self.root);
        command
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            // Nobody debugs what is built here, and it is linked much quicker without.
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        command
    }
}

/// Runs a command to its end, or ends it. Says whether it succeeded, and what it said.
fn finish(mut command: Command) -> Result<(bool, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().context("cannot start cargo")?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // A bug may well make the test wait for ever, and then also what it has started.
    let (done, is_done) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if is_done.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout)
            && let Some(group) = group
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
    });
    let output = child.wait_with_output();
    drop(done);
    let _ = watchdog.join();
    let output = output?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Copies a folder, but for what is built, what git keeps, and what is no file: links, sockets and pipes.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, name, kind) = (entry.path(), entry.file_name(), entry.file_type()?);
        let to = to.join(&name);
        // Cargo marks each of its target folders with such a file, whatever the folder is called.
        let is_built = || from.join("CACHEDIR.TAG").exists();
        if kind.is_dir() && !is_built() && ![".git", "my"].iter().any(|other| name == *other) {
            copy(&from, &to)?;
        } else if kind.is_file() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
