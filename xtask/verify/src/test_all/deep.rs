//! The suites of `test-all --deep`.

use std::{env, fs, process::Stdio};

use anyhow::{Result, anyhow};
use kit::{
    binaries::{self, Limits, Test},
    cargo,
    report::Report,
    steps::{Step, Workspace},
};
use suite::Target;

use super::{Beside, Built, Models, PATIENCE, Plan, Suite};
use crate::{bugs, faults, sanitize};

/// The servers that the last step is measured against. They keep the rules of the first step.
const PEERS: [&str; 3] = ["game_smol", "game_tokio", "game_mio"];

/// The file of a step's models.
const MODELS: &str = "tests/loom.rs";

/// Set while this tool's own tests run, so that they do not run themselves.
const NESTED: &str = "XTASK_TESTS_RUN";

impl<'a> Plan<'a> {
    /// Adds what a step has beyond its tests.
    pub(super) fn add_deep_step(&mut self, step: &'a Step) {
        let (workspace, built, fail_fast) = (self.workspace, self.built, self.args.fail_fast);
        if step.dir.join(MODELS).is_file() {
            let only = self.args.step;
            self.add(Suite::Loom, &step.name, Beside::Waiting, move |note| {
                models(workspace, step, built, only, note)
            });
        }
        if step.meta.number == faults::STEP {
            self.add(Suite::Faults, &step.name, Beside::Nothing, move |note| {
                let target = built.target(step);
                let check = |target| faults::check(&target, "", note, fail_fast);
                Ok(target.map_or_else(|unbuilt| unbuilt, check))
            });
        }
    }

    /// Adds what is about no single step.
    pub(super) fn add_deep(&mut self) {
        let (workspace, args) = (self.workspace, self.args);
        let is_asked = |suite| args.step.is_none() || args.suites.contains(&suite);
        // Together the steps need the same features of their dependencies as above, so cargo compiles none again.
        self.add(Suite::Bugs, "bugs", Beside::Waiting, move |note| {
            bugs::quietly(workspace, args.step, note)
        });
        for peer in PEERS.iter().filter(|_| is_asked(Suite::Peers)) {
            self.add_game(Suite::Peers, peer, Beside::All, move || {
                match cargo::example(workspace, "xtask-bench", peer, &["--quiet"]) {
                    Ok(binary) => Ok(Target { binary, level: 1 }),
                    Err(error) => Err(Report::failed("it builds", &format!("{error:#}"))),
                }
            });
        }
        if args.step.is_none_or(|number| usize::from(number) == workspace.steps.len()) {
            let work = move |note: &dyn Fn(&str)| sanitize::check(workspace, note);
            self.add(Suite::Sanitize, "sanitize", Beside::Waiting, work);
        }
        if is_asked(Suite::Xtask) {
            self.add(Suite::Xtask, "xtask", Beside::Waiting, move |note| own(workspace, note));
        }
    }
}

/// Runs a step's models.
fn models(
    workspace: &Workspace,
    step: &Step,
    built: &Built,
    only: Option<u8>,
    note: &dyn Fn(&str),
) -> Result<Report> {
    let build = || build_models(workspace, only).map_err(|error| format!("{error:#}"));
    let (built, errors) = built.models.get_or_init(build).as_ref().map_err(|it| anyhow!("{it}"))?;
    let tests: Vec<&Test> = built.tests.iter().filter(|test| test.is_of(&step.dir)).collect();
    if tests.is_empty() {
        let why = "no test ran. Does tests/loom.rs begin with `#![cfg(model)]`?";
        return Ok(match errors {
            Some(errors) => Report::failed("the models build", errors),
            None => Report::failed("tests/loom.rs has models", why),
        });
    }
    let limits = Limits { deadline: None, patience: 5 * PATIENCE, fail_fast: false };
    Ok(binaries::report(binaries::run(&tests, limits, note), &step.name))
}

/// Builds the models of the steps together: alone, each step would need other features of its dependencies.
fn build_models(workspace: &Workspace, only: Option<u8>) -> Result<Models> {
    let mut command = cargo::command(&workspace.root);
    command.args(["build", "--quiet", "--keep-going"]).stderr(Stdio::piped());
    let steps = workspace.steps.iter().filter(|step| step.dir.join(MODELS).is_file());
    for step in steps.filter(|step| only.is_none_or(|only| only == step.meta.number)) {
        command.args(["--package", &step.name]);
    }
    cargo::for_models(&mut command);
    command.env("CARGO_TARGET_DIR", cargo::target(&workspace.root)?.join("loom"));
    binaries::build_some(command)
}

/// Runs this tool's own tests.
fn own(workspace: &Workspace, note: &dyn Fn(&str)) -> Result<Report> {
    let rooms = fs::read_dir(workspace.root.join("xtask")).into_iter().flatten().flatten();
    let rooms = rooms.filter(|room| room.path().join("Cargo.toml").is_file());
    let rooms: Vec<_> = rooms.map(|room| room.file_name().into_string()).collect();
    if rooms.is_empty() {
        return Ok(Report::skipped("this workspace has no xtask"));
    }
    if env::var_os(NESTED).is_some() {
        return Ok(Report::skipped("this is one of the tool's own tests"));
    }
    let mut command = cargo::command(&workspace.root);
    command.args(["test", "--quiet", "--package", "xtask"]);
    for room in rooms.into_iter().flatten() {
        command.args(["--package", &format!("xtask-{room}")]);
    }
    command.env(NESTED, "1");
    let limits = Limits { deadline: None, patience: 3 * PATIENCE, fail_fast: false };
    Ok(cargo::tests(command, "xtask", limits, note))
}
