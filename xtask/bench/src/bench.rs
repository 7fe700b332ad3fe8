//! `cargo xtask bench`: the last step and its peers under the same loads, in rounds.
//!
//! Every round puts each load on each server, one right after the other, and begins with another server. What slows the
//! machine down for a while slows all of them down, so the ratios within a round hold still where the figures do not.

mod calls;
mod plan;
mod progress;
mod results;
mod stats;
mod table;
mod targets;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use console::style;
use serde_json::json;

use crate::{
    bench::{
        plan::{Case, Work},
        progress::Progress,
        results::Results,
    },
    load::{self, Cores, Figures, Program},
};
use kit::{outln, steps::Workspace};
use suite::strace;

/// How many rounds a figure that is quoted should have.
const ENOUGH: usize = 5;

/// What to measure, how often, and where to write it.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Hold the steps against each other instead of the last one against its peers
    #[arg(long)]
    steps: bool,
    /// How often each server does everything; with less than 5 the medians say little
    #[arg(long, value_name = "N", default_value_t = ENOUGH, value_parser = rounds)]
    rounds: usize,
    /// For how long each load lasts, in seconds
    #[arg(long, value_name = "S", default_value_t = 2.0, value_parser = load::seconds)]
    secs: f64,
    /// Only those loads whose name has this in it, such as `pingpong-100`, `idle`, `goodbye`, `churn`, `calls`
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write every figure of every round to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Reads a number of rounds.
fn rounds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rounds @ 1..=1000) => Ok(rounds),
        _ => Err("say a number of rounds from 1 to 1000".to_owned()),
    }
}

/// A server's short name, and its program.
type Contender = (&'static str, Program);

/// Measures everything, prints the tables and writes the files. Says whether everything could be measured.
pub fn run(workspace: &Workspace, args: &BenchArgs) -> Result<bool> {
    let (names, cases) = match args.steps {
        true => (plan::STEPS, plan::for_steps(args.secs)),
        false => (plan::PEERS, plan::for_peers(args.secs)),
    };
    let cases = plan::only(cases, args.only.as_deref())?;
    if args.rounds < ENOUGH {
        warn(&format!(
            "{} rounds are a first look: quote figures of {ENOUGH} or more",
            args.rounds
        ));
    }
    let programs = names.iter().map(|name| Ok((name.text(), name.build(workspace)?)));
    let programs = programs.collect::<Result<Vec<Contender>>>()?;
    let cores = Cores::take()?;
    let results = measure(&programs, cases, args.rounds, cores);

    outln!("{}", table::medians(&results));
    if !args.steps {
        outln!("\n{}", table::ratios(&results));
    }
    outln!("\n{}", conditions(args, cores));
    if let Some(file) = &args.json {
        let mut json = results.json();
        json["rounds"] = args.rounds.into();
        json["secs"] = args.secs.into();
        json["cores"] = json!({ "server": cores.server, "client": cores.client });
        fs::write(file, format!("{json:#}\n"))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(reason) = &results.skipped {
        outln!("skipped system calls: {reason}");
    }
    for failure in &results.failures {
        outln!("{} {failure}", style("FAILED").red().bold());
    }
    Ok(results.failures.is_empty())
}

/// Runs the rounds.
fn measure(programs: &[Contender], cases: Vec<Case>, rounds: usize, cores: Cores) -> Results {
    let servers = programs.iter().map(|(name, _)| *name).collect();
    let mut results = Results::new(servers, cases);
    if results.cases.iter().any(|case| matches!(case.work, Work::Calls(_))) {
        results.skipped = strace::missing();
    }
    if results.skipped.is_some() {
        results.cases.retain(|case| !matches!(case.work, Work::Calls(_)));
    }
    let cases = results.cases.clone();
    let times = |case: &Case| (rounds.min(case.rounds) * programs.len()) as f64;
    let all = cases.iter().map(|case| times(case) * case.seconds()).sum();
    let mut progress = Progress::start(all);
    let mut broken = Vec::new();
    for round in 0..rounds {
        for case in cases.iter().filter(|case| round < case.rounds) {
            for (name, program) in plan::order(programs, round) {
                // What failed once would fail again, and take its time.
                let figures = if broken.contains(&(case.key, name)) {
                    None
                } else {
                    progress.begin(&format!("round {}/{rounds}, {name}: {}", round + 1, case.key));
                    match one(case, &program, cores) {
                        Ok(figures) => Some(figures),
                        Err(error) => {
                            broken.push((case.key, name));
                            results.failures.push(format!("{name}, {}: {error:#}", case.key));
                            None
                        }
                    }
                };
                results.add(case.key, name, figures);
                progress.done(case.seconds());
            }
        }
    }
    progress.finish();
    results
}

/// Lets one server, freshly started, do one thing.
fn one(case: &Case, program: &Program, cores: Cores) -> Result<Figures> {
    let silent = |_: &str| {};
    match &case.work {
        Work::Load(scenario) => {
            let mut subject = program.start(cores, scenario.connections())?;
            scenario.run(&mut subject, &silent)
        }
        Work::Calls(conns) => calls::run(program, cores, *conns, &silent),
    }
}

/// How it was measured, and what to think of it.
fn conditions(args: &BenchArgs, cores: Cores) -> String {
    let plural = if args.rounds == 1 { "" } else { "s" };
    let rounds = format!("{} round{plural} of {} s", args.rounds, args.secs);
    let cores = match (cores.server, cores.client) {
        (Some(server), Some(client)) => {
            format!("servers on core {server}, clients on core {client}")
        }
        _ => "nothing pinned".to_owned(),
    };
    // What waits to run besides the two that are measured.
    let load = fs::read_to_string("/proc/loadavg").ok();
    let load = load.and_then(|load| load.split(' ').next()?.parse::<f64>().ok());
    let busy = match load {
        Some(load) if load > 2.5 => {
            format!(
                "; the machine was busy with other things, too (load {load}): trust the ratios rather than the figures"
            )
        }
        _ => String::new(),
    };
    format!("{rounds}, {cores}{busy}")
}

/// Warns on stderr.
fn warn(text: &str) {
    kit::note!("{} {text}", style("warning:").for_stderr().yellow().bold());
}
