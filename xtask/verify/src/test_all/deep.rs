//! The suites of `test-all --deep`.

use std::process::Stdio;

use anyhow::Result;
use kit::{
    binaries::{self, Limits, Test},
    cargo,
    report::Report,
    steps::{Step, Workspace},
};
use suite::Target;

use super::{Beside, Built, Models, PATIENCE, Plan, Suite, TestAllArgs};
use crate::{bugs, faults, sanitize};

/// The servers that the last step is measured against. They keep the rules of the first step.
const PEERS: [&str; 3] = ["game_smol", "game_tokio", "game_mio"];

/// The file of a step's models.
const MODELS: &str = "tests/loom.rs";

impl<'a> Plan<'a> {
    /// Adds what a step has beyond its tests.
    pub(super) fn add_deep_step(&mut self, step: &'a Step) {
        let built = self.built;
        if step.dir.join(MODELS).is_file() {
            self.add(Suite::Loom, &step.name, Beside::Waiting, move |note| {
                Ok(models(step, built, note))
            });
        }
        if step.meta.number == faults::STEP {
            self.add(Suite::Faults, &step.name, Beside::Nothing, move |note| {
                let target = built.target(step);
                Ok(target.map_or_else(|unbuilt| unbuilt, |target| faults::check(&target, note)))
            });
        }
    }

    /// Adds what is about no single step.
    pub(super) fn add_deep(&mut self) {
        let (workspace, args) = (self.workspace, self.args);
        let is_asked = |suite| args.step.is_none() || args.suites.contains(&suite);
        // Together the steps need the same features of their dependencies as above, so cargo compiles none again.
        self.add(Suite::Bugs, "bugs", Beside::Waiting, move |note| {
            bugs::check(workspace, args.step, note, &|_, _| {})
        });
        for peer in PEERS.iter().filter(|_| is_asked(Suite::Peers)) {
            self.add_game(Suite::Peers, peer, Beside::All, move || {
                match cargo::example(workspace, "xtask-bench", peer, &["--quiet"]) {
                    Ok(binary) => Ok(Target { binary, level: 1 }),
                    Err(error) => Err(Report::failed("it builds", &format!("{error:#}"))),
                }
            });
        }
        if sanitizes(workspace, args) {
            let work = move |note: &dyn Fn(&str)| sanitize::check(workspace, note);
            self.add(Suite::Sanitize, "sanitize", Beside::Waiting, work);
        }
        if is_asked(Suite::Xtask) {
            self.add(Suite::Xtask, "xtask", Beside::Waiting, move |note| Ok(own(workspace, note)));
        }
    }
}

/// Whether the last step is to run under AddressSanitizer and valgrind.
pub(super) fn sanitizes(workspace: &Workspace, args: &TestAllArgs) -> bool {
    let is_last = |number| usize::from(number) == workspace.steps.len();
    args.wants(Suite::Sanitize) && args.step.is_none_or(is_last)
}

/// Runs a step's models.
fn models(step: &Step, built: &Built, note: &dyn Fn(&str)) -> Report {
    let (tests, errors) = &built.models;
    let tests: Vec<&Test> = tests.iter().filter(|test| test.is_of(&step.dir)).collect();
    if tests.is_empty() {
        let why = "no test ran. Does tests/loom.rs begin with `#![cfg(model)]`?";
        return match errors {
            Some(errors) => Report::failed("the models build", errors),
            None => Report::failed("tests/loom.rs has models", why),
        };
    }
    let limits = Limits { deadline: None, patience: 5 * PATIENCE, fail_fast: false };
    binaries::report(binaries::run(&tests, limits, note), &step.name)
}

/// Builds the models of the steps together: alone, each step would need other features of its dependencies.
pub(super) fn build_models(workspace: &Workspace, args: &TestAllArgs) -> Result<Models> {
    let mut steps = args.steps(workspace);
    steps.retain(|step| args.wants(Suite::Loom) && step.dir.join(MODELS).is_file());
    if steps.is_empty() {
        return Ok(Models::default());
    }
    let mut command = cargo::command(&workspace.root);
    command.args(["build", "--quiet", "--keep-going"]).stderr(Stdio::piped());
    command.args(steps.iter().flat_map(|step| ["--package", &step.name]));
    cargo::for_models(&mut command);
    command.env("CARGO_TARGET_DIR", cargo::target(&workspace.root)?.join("loom"));
    let (built, errors) = binaries::build_some(command)?;
    Ok((built.tests, errors))
}

/// Runs this tool's own tests.
fn own(workspace: &Workspace, note: &dyn Fn(&str)) -> Report {
    let mut command = cargo::command(&workspace.root);
    command.args(["test", "--quiet", "--package", "xtask*"]);
    let limits = Limits { deadline: None, patience: 3 * PATIENCE, fail_fast: false };
    cargo::tests(command, "xtask", limits, note)
}
