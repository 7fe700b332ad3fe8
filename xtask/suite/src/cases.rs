//! The black-box suite: checks from outside, rule by rule, that a server keeps the game's contract.
//!
//! Each case names the first step that has to keep its rule. Two kinds of rules cannot be checked from outside: that a
//! task which panics ends its own connection only, which the steps' own tests check, and what happens when a system
//! call fails, which `cargo xtask faults` checks.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::Result;

pub use self::{
    answers::INVALID,
    ending::{SOMEONE_WON, ends_well, win},
    limits::warnings,
    runner::run,
    shutdown::SHUTTING_DOWN,
};
use crate::{
    client::Client,
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
mod shutdown;
mod starting;
mod streams;
mod targets;

/// The server that is checked.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server's program.
    pub binary: PathBuf,
    /// The step whose rules it has to keep, along with those of the steps before.
    pub level: u8,
}

/// A check of one rule.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The rule, as a sentence.
    pub name: &'static str,
    /// The first step that has to keep it.
    pub from: u8,
    /// Later steps that break it by design.
    pub except: &'static [u8],
    /// Whether it measures something that cases beside it would disturb.
    pub alone: bool,
    /// The check.
    pub run: fn(&Ctx<'_>) -> Result<()>,
}

impl Case {
    /// A check of a rule that holds from step `from` on.
    pub const fn new(from: u8, name: &'static str, run: fn(&Ctx<'_>) -> Result<()>) -> Self {
        Case { name, from, except: &[], alone: false, run }
    }

    /// Excepts steps that break the rule by design.
    const fn except(mut self, steps: &'static [u8]) -> Self {
        self.except = steps;
        self
    }

    /// Runs the case while no other case runs.
    const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// All cases. Slow cases come first, so that the others run beside them.
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

/// What a case needs: its server, and a place for logs.
#[derive(Debug)]
pub struct Ctx<'a> {
    target: &'a Target,
    logs: Mutex<Vec<Arc<Log>>>,
}

impl Ctx<'_> {
    /// The step whose rules the server has to keep.
    fn level(&self) -> u8 {
        self.target.level
    }

    /// A launch of the server. The report of a failure shows what the server printed.
    pub fn launch(&self) -> Launch {
        let launch = Launch::new(&self.target.binary);
        let mut logs = self.logs.lock().expect("no case panics while it holds the logs");
        logs.push(launch.log());
        launch
    }

    /// Starts a server whose game ends after `duration`, with these further arguments.
    fn start(&self, duration: &str, args: &[&str]) -> Result<Server> {
        self.launch().args(&[duration]).args(args).start()
    }

    /// Starts a server for a game of a minute, and connects a client.
    fn game(&self) -> Result<(Server, Client)> {
        let server = self.start("60s", &[])?;
        let client = Client::connect(server.addr())?;
        Ok((server, client))
    }
}
