//! The black-box suite: holds a server to the game's contract, rule by rule, from outside.
//!
//! What cannot be provoked from outside is left to others: a task that panics to the steps' own tests, and system calls
//! that fail to the [`faults`](crate::faults).

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::Result;

pub use self::{
    answers::INVALID,
    ending::ends_well,
    limits::warnings,
    runner::{run, run_some},
    shutdown::SHUTTING_DOWN,
};
use crate::{
    report::Finding,
    server::{Launch, Log, Server},
};

mod answers;
mod burst;
mod ending;
pub mod idle;
mod leaving;
mod limits;
mod lines;
mod many;
pub mod pressure;
mod race;
mod runner;
pub mod shutdown;
mod starting;
mod streams;
mod targets;

/// What is held to the rules.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server's program.
    pub binary: PathBuf,
    /// The step whose rules it has to keep, and those of the steps before.
    pub level: u8,
}

/// A check of one rule.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The rule, as a sentence.
    pub name: &'static str,
    /// The first step in which it holds.
    pub from: u8,
    /// The steps after that in which it does not, by design.
    pub except: &'static [u8],
    /// Whether it measures something that other cases at the same time would disturb.
    pub alone: bool,
    /// The check.
    pub run: fn(&Ctx<'_>) -> Result<()>,
}

impl Case {
    /// A check of a rule that holds from that step on.
    pub const fn new(from: u8, name: &'static str, run: fn(&Ctx<'_>) -> Result<()>) -> Self {
        Case { name, from, except: &[], alone: false, run }
    }

    /// Does not hold in these steps, by design.
    const fn except(mut self, steps: &'static [u8]) -> Self {
        self.except = steps;
        self
    }

    /// Runs while nothing else does.
    const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// Every case. Those that take long come first, so that the others run beside them.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let parts = [
        leaving::CASES,
        shutdown::CASES,
        idle::CASES,
        many::CASES,
        ending::CASES,
        starting::CASES,
        answers::CASES,
        lines::CASES,
        targets::CASES,
        race::CASES,
        limits::CASES,
        streams::CASES,
        pressure::CASES,
        burst::CASES,
    ];
    parts.into_iter().flatten()
}

/// What a case works with.
#[derive(Debug)]
pub struct Ctx<'a> {
    case: &'a Case,
    target: &'a Target,
    logs: Mutex<Vec<Arc<Log>>>,
    finding: Mutex<Option<Finding>>,
}

impl<'a> Ctx<'a> {
    /// For that case, and what it holds to its rule.
    fn new(case: &'a Case, target: &'a Target) -> Self {
        Ctx { case, target, logs: Mutex::default(), finding: Mutex::default() }
    }

    /// The step whose rules hold.
    fn level(&self) -> u8 {
        self.target.level
    }

    /// A server that is to be started: what it says gets into the report.
    pub fn launch(&self) -> Launch {
        let launch = Launch::new(&self.target.binary);
        let mut logs = self.logs.lock().expect("nobody panics with the logs locked");
        logs.push(launch.log());
        launch
    }

    /// Starts a server whose game ends after that duration, with these further arguments.
    fn start(&self, duration: &str, args: &[&str]) -> Result<Server> {
        self.launch().args(&[duration]).args(args).start()
    }

    /// Tells what the case saw: how often what it is about came to pass, what happened then, and what was lost by it.
    pub fn found(&self, times: usize, happened: impl Into<String>, lost: impl Into<String>) {
        let name = self.case.name.to_owned();
        let finding = Finding { name, times, happened: happened.into(), lost: lost.into() };
        *self.finding.lock().expect("nobody panics with the finding locked") = Some(finding);
    }
}
