//! `cargo xtask bench`: the last step and its peers under the same loads, in rounds.
//!
//! Each round puts each load on each server, one right after the other, and begins with another server. What slows the
//! machine for a while slows all servers, so the ratios within a round hold still where the figures do not.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{outln, steps::Workspace};
use suite::{client::PATIENCE, strace};
use tempfile::NamedTempFile;

use crate::{
    load::{self, PingPong, Scenario},
    progress::Progress,
    results::{Figure, OURS, Results, Target},
    server::{Cores, Program, SERVERS},
};

/// How many rounds a figure that is quoted should have.
const ENOUGH: usize = 5;

/// How many clients guess while system calls are counted.
const CALLERS: usize = 100;

/// How many rounds count system calls. Their number hardly differs.
const CALL_ROUNDS: usize = 2;

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Compare the steps with each other instead of the last one with its peers
    #[arg(long, conflicts_with = "http")]
    steps: bool,
    /// Compare hyper's HTTP/1.1 on step 06 with hyper's on tokio
    #[arg(long)]
    http: bool,
    /// How often each server does everything; with less than 5 the medians say little
    #[arg(long, value_name = "N", default_value_t = ENOUGH, value_parser = load::from_one())]
    rounds: usize,
    /// For how long each load lasts, in seconds
    #[arg(long, value_name = "S", default_value_t = 2.0, value_parser = load::seconds)]
    secs: f64,
    /// Only those loads whose name contains this, such as `pingpong-100`, `idle`, `goodbye`, `churn`, `calls`
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Figures that the table shows, by their keys, and their targets.
type Shown = &'static [(&'static str, &'static [Target])];

struct Case {
    name: &'static str,
    scenario: Scenario,
    shown: Shown,
}

impl Case {
    fn counts_calls(&self) -> bool {
        self.name.starts_with("calls")
    }
}

const CPU: &[Target] = &[("mio", 1.05), ("tokio", 1.0), ("smol", 0.9)];
const ALONE: Shown = &[("cpu_us_per_request", &[]), ("p99_us", &[])];
const GUESSING: Shown = &[("cpu_us_per_request", CPU), ("p99_us", &[]), ("throughput", &[])];
const IDLING: Shown = &[
    ("bytes_per_connection", &[(OURS, 640.0)]),
    ("idle_cpu_ms", &[(OURS, 0.0)]),
    ("cpu_us_per_join", &[("mio", 1.1)]),
];
const SLEEPING: Shown = &[("idle_cpu_percent", &[])];
const PARTING: Shown =
    &[("cpu_us_per_goodbye", &[("mio", 1.15), ("tokio", 1.0)]), ("goodbye_ms", &[])];
const CHURNING: Shown = &[("cpu_us_per_cycle", &[("mio", 1.1)])];
const CALLING: Shown = &[("calls_per_request", &[("mio", 1.03)])];

impl BenchArgs {
    /// The servers by the names of their columns, and what they do.
    fn plan(&self) -> (Vec<(&'static str, &'static str)>, Vec<Case>) {
        let case = |name, scenario, shown| Case { name, scenario, shown };
        let guess = |name, conns, depth, shown| {
            let args = PingPong { conns, depth, secs: self.secs, requests: None };
            case(name, Scenario::Pingpong(args), shown)
        };
        let mut cases = vec![
            guess("pingpong-1", 1, 1, ALONE),
            guess("pingpong-100", 100, 1, GUESSING),
            guess("pingpong-1000", 1000, 1, GUESSING),
        ];
        if self.http {
            return (vec![(OURS, "http-step06"), ("tokio", "http-tokio")], cases);
        }
        if self.steps {
            let idle = Scenario::Idle { conns: 100, secs: self.secs };
            cases.push(case("idle-100", idle, SLEEPING));
            let servers = SERVERS.iter().filter(|name| name.starts_with("step"));
            return (servers.map(|name| (*name, *name)).collect(), cases);
        }
        cases.extend([
            guess("pingpong-10000", 10_000, 1, GUESSING),
            guess("pingpong-100x16", 100, 16, GUESSING),
            case("idle-10000", Scenario::Idle { conns: 10_000, secs: 5.0 }, IDLING),
            case("goodbye-1000", Scenario::Goodbye { conns: 1000 }, PARTING),
            case("goodbye-10000", Scenario::Goodbye { conns: 10_000 }, PARTING),
            case("churn", Scenario::Churn { secs: self.secs }, CHURNING),
            guess("calls-100", CALLERS, 1, CALLING),
        ]);
        ([OURS, "mio", "tokio", "smol"].map(|name| (name, name)).into(), cases)
    }
}

/// Measures everything and prints the table. Returns whether everything could be measured.
pub fn run(workspace: &Workspace, args: &BenchArgs) -> Result<bool> {
    let (names, mut cases) = args.plan();
    if let Some(text) = &args.only {
        let all: Vec<&str> = cases.iter().map(|case| case.name).collect();
        let all = all.join(", ");
        cases.retain(|case| case.name.contains(text.as_str()));
        ensure!(!cases.is_empty(), "no load has {text:?} in its name. The loads are {all}");
    }
    if args.rounds < ENOUGH {
        kit::note!("warning: quote figures of {ENOUGH} rounds or more, not of {}", args.rounds);
    }
    let missing = if cases.iter().any(Case::counts_calls) { strace::missing() } else { None };
    cases.retain(|case| missing.is_none() || !case.counts_calls());
    let servers =
        names.iter().map(|(column, name)| Ok((*column, Program::build(workspace, name)?)));
    let servers = servers.collect::<Result<Vec<_>>>()?;
    let cores = Cores::take()?;

    let columns: Vec<&str> = servers.iter().map(|(column, _)| *column).collect();
    let mut results = Results::new(&columns);
    let failures = measure(&servers, &cases, args.rounds, cores, &mut results);
    outln!("{}", results.table());
    outln!("{} rounds of {} s each; {}", args.rounds, args.secs, cores.text());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    outln!("load average {load:.4}: if it is above 2, trust the ratios more than the times");
    if let Some(reason) = missing {
        outln!("skipped system calls: {reason}");
    }
    for failure in &failures {
        outln!("FAILED {failure}");
    }
    Ok(failures.is_empty())
}

fn measure(
    servers: &[(&'static str, Program)],
    cases: &[Case],
    rounds: usize,
    cores: Cores,
    results: &mut Results,
) -> Vec<String> {
    let progress = Progress::start(rounds * cases.len() * servers.len());
    let mut failures = BTreeMap::new();
    for round in 0..rounds {
        for case in cases {
            let mut order: Vec<_> = servers.iter().collect();
            order.rotate_left(round % servers.len());
            for (server, program) in order {
                progress.note(&format!("round {}/{rounds}: {} on {server}", round + 1, case.name));
                let is_counted = case.counts_calls() && round >= CALL_ROUNDS;
                // What failed once would fail again, and take its time.
                if !is_counted && !failures.contains_key(&(case.name, *server)) {
                    match measure_one(case, program, cores) {
                        Ok(figures) => {
                            for figure in &figures {
                                let shown = case.shown.iter().find(|(key, _)| *key == figure.0);
                                if let Some((_, targets)) = shown {
                                    results.add(case.name, (server, round), figure, targets);
                                }
                            }
                        }
                        Err(error) => drop(failures.insert((case.name, *server), error)),
                    }
                }
                progress.done();
            }
        }
    }
    let text = |((case, server), error)| format!("{case} on {server}: {error:#}");
    failures.into_iter().map(text).collect()
}

fn measure_one(case: &Case, program: &Program, cores: Cores) -> Result<Vec<Figure>> {
    if !case.counts_calls() {
        return case.scenario.run(program, cores, vec![]);
    }
    // The start and the arrival of the clients are in both runs, so they are not in the difference.
    let [few, many] = [2000, 12_000];
    let calls = calls(program, cores, many)? - calls(program, cores, few)?;
    Ok(vec![("calls_per_request", "calls/request", calls / (many - few) as f64)])
}

/// Counts the system calls of a server from its start to its end, with this many guesses in between.
fn calls(program: &Program, cores: Cores, requests: u64) -> Result<f64> {
    let counts = NamedTempFile::new().context("cannot make a temporary file")?;
    // With -D strace is a grandchild of the server and not its parent, so that what we end is the server.
    let mut words = ["strace", "-D", "-f", "-c", "-o"].map(Into::into).to_vec();
    words.push(counts.path().into());
    let guesses = PingPong { conns: CALLERS, depth: 1, secs: 1.0, requests: Some(requests) };
    Scenario::Pingpong(guesses).run(program, cores, words)?;
    // strace writes after the server's end, and no event reports it.
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(total) = total(&fs::read_to_string(counts.path())?) {
            return Ok(total);
        }
        thread::sleep(Duration::from_millis(5));
    }
    bail!("strace wrote no counts within {PATIENCE:?} after the server's end")
}

/// Reads the sum of the calls from what strace counted.
fn total(counts: &str) -> Option<f64> {
    let line = counts.lines().find(|line| line.trim_end().ends_with(" total"))?;
    // The columns are percent, seconds, microseconds a call, calls, and errors if there were any.
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_read_with_and_without_errors() {
        let counts = "% time     seconds  usecs/call     calls    errors syscall\n\
                       60.12    0.010000           2      5000           sendto\n\
                      100.00    0.016000           2      9123        12 total\n";
        assert_eq!(total(counts), Some(9123.0));
        assert_eq!(total(&counts.replace("        12 total", "           total")), Some(9123.0));
        assert_eq!(total("nothing yet"), None);
    }
}
