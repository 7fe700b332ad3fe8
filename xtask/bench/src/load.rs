//! `cargo xtask load`: many clients at once, and what they cost a server.
//!
//! All of them are on one thread of this process. The server is another process, on another core where there are two.
//! The guesses are below and above every target and never end a game, and every answer is held against what it must be.
//! What a server costs the system tells, from its accounts of the server's process.

mod account;
mod choice;
mod churn;
mod crowd;
mod figures;
mod goodbye;
mod idle;
mod limits;
mod member;
mod pingpong;
mod progress;
mod sources;
mod subject;
mod talk;

use anyhow::Result;
use clap::{Args, Subcommand};

pub use self::{
    choice::{Cores, Name, Program},
    churn::Churn,
    figures::{Figures, Unit},
    goodbye::Goodbye,
    idle::Idle,
    pingpong::PingPong,
    subject::Subject,
};
use crate::load::{
    choice::{Choice, ServerArgs},
    progress::Progress,
    subject::Took,
};
use kit::{outln, steps::Workspace};

/// What to measure, and on which server.
#[derive(Debug, Args)]
pub struct LoadArgs {
    #[command(subcommand)]
    scenario: Scenario,
    #[command(flatten)]
    server: ServerArgs,
    /// Print one JSON object instead of a table
    #[arg(long, global = true)]
    json: bool,
}

/// What the clients do.
#[derive(Debug, Clone, Subcommand)]
pub enum Scenario {
    /// Guess and wait for the answers: throughput, latency, and the server's CPU time per guess
    ///
    /// A single connection pauses for 50 µs before each guess, so that the server falls asleep as it would.
    Pingpong(PingPong),
    /// Guess once, and be silent: the server's memory per connection, and its CPU time while nothing happens
    Idle(Idle),
    /// Wait for somebody to win: how long it takes until the last one has been told
    Goodbye(Goodbye),
    /// Connect, guess, and leave: the server's CPU time for each who does
    Churn(Churn),
}

impl Scenario {
    /// How many connections there are at once.
    pub fn connections(&self) -> usize {
        match self {
            Scenario::Pingpong(args) => args.conns,
            Scenario::Idle(args) => args.conns,
            Scenario::Goodbye(args) => args.conns,
            // Twice as many, while those who went are not quite gone.
            Scenario::Churn(_) => 2 * churn::AT_ONCE,
        }
    }

    /// Measures a server, and says meanwhile what is going on.
    pub fn run(&self, subject: &mut Subject, note: &dyn Fn(&str)) -> Result<Figures> {
        match self {
            Scenario::Pingpong(args) => pingpong::run(args, subject, note),
            Scenario::Idle(args) => idle::run(args, subject, note),
            Scenario::Goodbye(args) => goodbye::run(args, subject, note),
            Scenario::Churn(args) => churn::run(args, subject, note),
        }
    }
}

/// Measures, and prints what came of it.
pub fn run(workspace: &Workspace, args: &LoadArgs) -> Result<()> {
    let choice = Choice::new(workspace, &args.server)?;
    let cores = Cores::take()?;
    let progress = Progress::start(&choice.name());
    let figures = choice
        .start(cores, args.scenario.connections())
        .and_then(|mut subject| args.scenario.run(&mut subject, &|now| progress.note(now)));
    progress.finish();
    let figures = figures?;
    let is_own = matches!(choice, Choice::Start(_));
    if args.json {
        let mut object = figures.json();
        object.insert("server".to_owned(), choice.name().into());
        object.insert("server_core".to_owned(), cores.server.filter(|_| is_own).into());
        object.insert("client_core".to_owned(), cores.client.into());
        outln!("{}", serde_json::Value::Object(object));
    } else {
        outln!("{}", figures.table(&choice.name()));
        outln!("{}", where_they_ran(cores, is_own));
    }
    Ok(())
}

/// Which cores they had, in words.
fn where_they_ran(cores: Cores, is_own: bool) -> String {
    match (cores.server, cores.client) {
        (Some(server), Some(client)) if is_own => {
            format!("the server ran on core {server}, the clients on core {client}")
        }
        (_, Some(client)) => {
            format!("the server ran where it was started to, the clients on core {client}")
        }
        _ => {
            "the server and the clients shared what cores there are: nothing was pinned".to_owned()
        }
    }
}

/// Adds what so many of something took the server, by the keys and names for all of it, its own part and the system's.
fn note_took(
    figures: &mut Figures,
    took: &Took,
    count: u64,
    names: [(&'static str, &'static str); 3],
) {
    let spent = [took.server.total, took.server.user, took.server.system];
    for ((key, name), spent) in names.into_iter().zip(spent) {
        figures.add(key, name, spent / count.max(1) as f64, Unit::Micros);
    }
    let wall = account::micros(took.wall);
    let busy = |spent: f64| 100.0 * spent / wall;
    figures.add("server_busy", "server busy", busy(took.server.total), Unit::Percent);
    figures.add("client_busy", "clients busy", busy(took.client.total), Unit::Percent);
}

/// Reads a number of connections.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err("say a number from 1 on".to_owned()),
    }
}

/// Reads a number of seconds that can be waited for.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err("say a number of seconds above 0, and at most 3600".to_owned()),
    }
}
