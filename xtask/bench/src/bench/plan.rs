//! What is measured: which servers do what, and which figures of it are shown.

use anyhow::{Result, bail};

use crate::load::{Churn, Goodbye, Idle, Name, PingPong, Scenario, Unit};

/// A figure that is shown.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its key.
    pub key: &'static str,
    /// Its name, with the unit in which it is shown.
    pub name: &'static str,
    /// How many of the figure's own unit make one of those.
    pub scale: f64,
    /// What it counts, which decides how many digits are shown.
    pub unit: Unit,
}

impl Row {
    /// A figure that is shown in its own unit.
    const fn new(key: &'static str, name: &'static str, unit: Unit) -> Self {
        Row { key, name, scale: 1.0, unit }
    }

    /// A figure that is shown in thousands of its own unit.
    const fn thousands(key: &'static str, name: &'static str, unit: Unit) -> Self {
        Row { key, name, scale: 1000.0, unit }
    }
}

/// What is shown of guessing: first what is compared.
const GUESSING: &[Row] = &[
    Row::new("cpu_us_per_request", "CPU per guess [µs]", Unit::Micros),
    Row::thousands("throughput", "thousand guesses per second", Unit::Millis),
    Row::thousands("p99_us", "latency, 99 % [ms]", Unit::Micros),
];

/// What is shown of idling.
const IDLING: &[Row] = &[
    Row::new("bytes_per_connection", "memory per connection [bytes]", Unit::Bytes),
    Row::new("idle_cpu_ms", "CPU in 5 s [ms]", Unit::Millis),
];

/// What is shown of idling where memory is not the subject.
const SLEEPING: &[Row] = &[Row::new("idle_cpu_percent", "CPU [%]", Unit::Percent)];

/// What is shown of the end of a game.
const PARTING: &[Row] = &[Row::new("goodbye_ms", "until the last one knows [ms]", Unit::Millis)];

/// What is shown of coming and going.
const CHURNING: &[Row] = &[Row::new("cpu_us_per_cycle", "CPU per connection [µs]", Unit::Micros)];

/// What is shown of system calls.
const CALLING: &[Row] = &[Row::new("calls_per_request", "system calls per guess", Unit::Count)];

/// How long idle servers are watched.
const IDLE_SECS: f64 = 5.0;

/// How many rounds count system calls, which hardly differ.
const CALL_ROUNDS: usize = 3;

/// One thing that every server does.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name in JSON, and for those who want only this.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What is done.
    pub work: Work,
    /// What is shown of it.
    pub rows: &'static [Row],
    /// How many rounds it takes part in, at most.
    pub rounds: usize,
}

/// What is done with a server.
#[derive(Debug, Clone)]
pub enum Work {
    /// A load is put on it.
    Load(Scenario),
    /// Its system calls are counted while so many connections guess.
    Calls(usize),
}

impl Case {
    /// A load in every round.
    fn load(
        key: &'static str,
        title: &'static str,
        scenario: Scenario,
        rows: &'static [Row],
    ) -> Self {
        Case { key, title, work: Work::Load(scenario), rows, rounds: usize::MAX }
    }

    /// About how many seconds it takes on one server.
    pub fn seconds(&self) -> f64 {
        let joining = |conns: usize| 0.3 + conns as f64 / 10_000.0;
        match &self.work {
            Work::Load(Scenario::Pingpong(args)) => {
                joining(args.conns) + args.secs + (args.secs / 4.0).min(1.0)
            }
            Work::Load(Scenario::Idle(args)) => joining(args.conns) + args.secs,
            Work::Load(Scenario::Goodbye(args)) => 2.0 * joining(args.conns),
            Work::Load(Scenario::Churn(args)) => 0.8 + args.secs,
            Work::Calls(_) => 4.0,
        }
    }
}

/// Guessing by so many.
fn guessing(conns: usize, depth: usize, secs: f64) -> Scenario {
    Scenario::Pingpong(PingPong { conns, depth, secs, requests: None })
}

/// The last step and the peers it is held against.
pub const PEERS: &[Name] = &[Name::Step06, Name::Smol, Name::Tokio, Name::Mio];

/// All steps.
pub const STEPS: &[Name] =
    &[Name::Step01, Name::Step02, Name::Step03, Name::Step04, Name::Step05, Name::Step06];

/// What the last step and the peers do.
pub fn for_peers(secs: f64) -> Vec<Case> {
    let many = 10_000;
    let idle = Scenario::Idle(Idle { conns: many, secs: IDLE_SECS });
    let goodbye = Scenario::Goodbye(Goodbye { conns: many });
    vec![
        Case::load("pingpong-1", "1 connection", guessing(1, 1, secs), GUESSING),
        Case::load("pingpong-100", "100 connections", guessing(100, 1, secs), GUESSING),
        Case::load("pingpong-1000", "1,000 connections", guessing(1000, 1, secs), GUESSING),
        Case::load("pingpong-10000", "10,000 connections", guessing(many, 1, secs), GUESSING),
        Case::load("pingpong-100x16", "100 × 16 at once", guessing(100, 16, secs), GUESSING),
        Case::load("idle-10000", "10,000 idle", idle, IDLING),
        Case::load("goodbye-10000", "10,000 goodbyes", goodbye, PARTING),
        Case::load("churn", "coming and going", Scenario::Churn(Churn { secs }), CHURNING),
        Case {
            key: "calls-100",
            title: "100 connections",
            work: Work::Calls(100),
            rows: CALLING,
            rounds: CALL_ROUNDS,
        },
    ]
}

/// What the steps do: what the earlier ones can do, too.
pub fn for_steps(secs: f64) -> Vec<Case> {
    let idle = Scenario::Idle(Idle { conns: 100, secs });
    vec![
        Case::load("pingpong-1", "1 connection", guessing(1, 1, secs), GUESSING),
        Case::load("pingpong-100", "100 connections", guessing(100, 1, secs), GUESSING),
        Case::load("pingpong-1000", "1,000 connections", guessing(1000, 1, secs), GUESSING),
        Case::load("idle-100", "100 idle", idle, SLEEPING),
    ]
}

/// Those of the cases whose name has that text in it.
pub fn only(cases: Vec<Case>, text: Option<&str>) -> Result<Vec<Case>> {
    let Some(text) = text else { return Ok(cases) };
    let keys: Vec<&str> = cases.iter().map(|case| case.key).collect();
    let keys = keys.join(", ");
    let wanted: Vec<Case> = cases.into_iter().filter(|case| case.key.contains(text)).collect();
    if wanted.is_empty() {
        bail!("nothing is called {text:?}: there are {keys}");
    }
    Ok(wanted)
}

/// The order of the servers in that round: each of them is the first one in turn.
pub fn order<T: Clone>(servers: &[T], round: usize) -> Vec<T> {
    let mut servers = servers.to_vec();
    let count = servers.len().max(1);
    servers.rotate_left(round % count);
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_is_the_first_one_in_turn() {
        assert_eq!(order(&['a', 'b', 'c'], 0), ['a', 'b', 'c']);
        assert_eq!(order(&['a', 'b', 'c'], 1), ['b', 'c', 'a']);
        assert_eq!(order(&['a', 'b', 'c'], 3), ['a', 'b', 'c']);
        assert!(order::<char>(&[], 1).is_empty());
    }

    #[test]
    fn a_part_of_a_name_chooses_and_an_unknown_one_is_answered_with_all() {
        let keys = |text| {
            let cases = only(for_peers(1.0), Some(text)).unwrap();
            cases.iter().map(|case| case.key).collect::<Vec<_>>()
        };
        assert_eq!(keys("churn"), ["churn"]);
        assert_eq!(keys("-10000"), ["pingpong-10000", "idle-10000", "goodbye-10000"]);
        let error = only(for_steps(1.0), Some("goodbye")).unwrap_err().to_string();
        assert!(error.contains("pingpong-1000, idle-100"), "{error}");
    }
}
