//! The suites of `test-all --deep`.

use std::{env, fs};

use kit::{
    bugs, cargo,
    report::Report,
    steps::{Step, Workspace},
};
use suite::Target;

use super::{PATIENCE, Session, Suite, summary::Column, unbuilt};
use crate::{faults, sanitize};
use kit::binaries::Limits;

/// The servers that the last step is measured against. They keep the rules of the first step.
const PEERS: [&str; 3] = ["game_smol", "game_tokio", "game_mio"];

/// The crates of this tool.
const ROOMS: [&str; 7] = ["kit", "play", "suite", "learn", "verify", "book", "bench"];

/// Set while this tool's own tests run, so that they do not run themselves.
const NESTED: &str = "XTASK_TESTS_RUN";

impl Session<'_> {
    /// What a step has beyond its tests.
    pub(super) fn check_deep_step(&mut self, step: &Step) {
        let workspace = self.workspace;
        if step.dir.join("tests/loom.rs").is_file() {
            self.check(Suite::Loom, &step.name, Column::Loom, |note, _| {
                loom(workspace, step, note)
            });
        }
        self.check(Suite::Bugs, &step.name, Column::Bugs, |note, session| {
            if session.target(step).is_none() {
                return unbuilt();
            }
            let tell = |line: &str, _: &bugs::Run| note(line);
            bugs::check(workspace, Some(step.meta.number), &|_| true, &tell)
                .unwrap_or_else(|error| Report::failed("it runs", &format!("{error:#}")))
        });
        let fail_fast = self.args.fail_fast;
        if step.meta.number == faults::STEP {
            self.check(Suite::Faults, &step.name, Column::Faults, |note, session| {
                match session.target(step) {
                    Some(target) => faults::check(&target, &|_| true, note, fail_fast),
                    None => unbuilt(),
                }
            });
        }
    }

    /// What is about no single step.
    pub(super) fn check_deep(&mut self) {
        let (workspace, fail_fast) = (self.workspace, self.args.fail_fast);
        let is_whole = self.args.step.is_none();
        let is_asked = |suite| is_whole || self.args.suites.contains(&suite);
        let [peers, tool] = [Suite::Peers, Suite::Xtask].map(is_asked);
        let last = workspace.steps.last().is_some_and(|step| self.is_chosen(step));
        for peer in PEERS.iter().filter(|_| peers) {
            self.check(Suite::Peers, peer, Column::Game, |note, _| {
                match cargo::example(workspace, "xtask-bench", peer, &["--quiet"]) {
                    Ok(binary) => suite::run(&Target { binary, level: 1 }, note, fail_fast),
                    Err(error) => Report::failed("it builds", &format!("{error:#}")),
                }
            });
        }
        if last {
            self.check(Suite::Sanitize, "sanitize", Column::Checks, |note, _| {
                sanitize::check(workspace, note)
                    .unwrap_or_else(|error| Report::failed("it runs", &format!("{error:#}")))
            });
        }
        if tool {
            self.check(Suite::Xtask, "xtask", Column::Tests, |note, _| own(workspace, note));
        }
    }
}

/// Runs a step's models, in a target folder of their own, because the flag rebuilds everything.
fn loom(workspace: &Workspace, step: &Step, note: &dyn Fn(&str)) -> Report {
    let target = match cargo::target(&workspace.root) {
        Ok(target) => target.join("loom"),
        Err(error) => return Report::failed("cargo runs", &format!("{error:#}")),
    };
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let mut command = cargo::command(&workspace.root);
    command
        .args(["test", "--quiet", "--release", "--test", "loom", "--package", &step.name])
        .env("RUSTFLAGS", format!("{flags} --cfg model").trim())
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", target)
        // The models need speed, but optimising across crates takes longer than it saves.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    let limits = Limits { deadline: None, patience: 5 * PATIENCE, fail_fast: false };
    let report = cargo::tests(command, &step.name, limits, note);
    if report.passed == 0 && report.failures.is_empty() {
        let why = "no test ran: does tests/loom.rs begin with `#![cfg(model)]`?";
        return Report::failed("tests/loom.rs has models", why);
    }
    report
}

/// Runs this tool's own tests.
fn own(workspace: &Workspace, note: &dyn Fn(&str)) -> Report {
    if !workspace.root.join("xtask/Cargo.toml").is_file() {
        return Report::skipped("this workspace has no xtask: run it where there is one");
    }
    if env::var_os(NESTED).is_some() {
        return Report::skipped("this is one of the tool's own tests");
    }
    let mut command = cargo::command(&workspace.root);
    command.args(["test", "--quiet", "--package", "xtask"]);
    for room in ROOMS.iter().filter(|room| has_room(workspace, room)) {
        command.args(["--package", &format!("xtask-{room}")]);
    }
    command.env(NESTED, "1");
    let limits = Limits { deadline: None, patience: 3 * PATIENCE, fail_fast: false };
    cargo::tests(command, "xtask", limits, note)
}

/// Whether the tool has such a crate.
fn has_room(workspace: &Workspace, room: &str) -> bool {
    fs::exists(workspace.root.join(format!("xtask/{room}/Cargo.toml"))).unwrap_or(false)
}
