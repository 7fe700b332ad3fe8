//! `cargo xtask instructions`: how many instructions things take, on the last step's runtime and on others.
//!
//! Valgrind's callgrind counts the instructions outside the kernel. They are not time, but unlike time they are the same
//! on a busy machine and on an idle one, so a change of one per cent can be seen. Each count is the difference of two
//! runs, of which the second one does the same twice as often: start and end are in both and drop out.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{cargo, outln, steps::Workspace, verdict::mismatch};
use rustix::process::Signal;
use suite::{
    client::{Client, PATIENCE},
    server::{Launch, Program as Running, Server},
};

use crate::{
    ops::{OPS, RUNTIMES},
    progress::Progress,
    results::{OURS, Results, Target, median},
    server::Program,
    talk::Talk,
};

/// How long a program may run. Callgrind slows it down some fifty times.
const LIMIT: Duration = Duration::from_secs(120);

/// How many clients a server has.
const CONNECTIONS: usize = 100;

/// How many rounds of requests the first run has.
const ROUNDS: usize = 50;

#[derive(Debug, Args)]
pub struct InstructionsArgs {
    /// Only those rows whose name contains this, such as `game` or `http`
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Keep callgrind's profiles in this folder, for `callgrind_annotate`
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
}

/// Requests to servers: what the row is called, how many each client sends at once, the servers, and the targets.
type Served = (&'static str, usize, &'static [(&'static str, &'static str)], &'static [Target]);

const GAMES: &[(&str, &str)] =
    &[(OURS, "step06"), ("tokio", "tokio"), ("smol", "smol"), ("mio", "mio")];
const HTTP: &[(&str, &str)] = &[(OURS, "http-step06"), ("tokio", "http-tokio")];

const SERVED: [Served; 3] = [
    ("game, 100 connections, depth 1: a request", 1, GAMES, &[(OURS, 900.0), ("tokio", 0.7)]),
    ("game, 100 connections, depth 16: a request", 16, GAMES, &[("tokio", 0.9)]),
    ("http, 100 connections: a request", 1, HTTP, &[("tokio", 0.88)]),
];

/// Counts, prints the table, and returns whether every target is met.
pub fn run(workspace: &Workspace, args: &InstructionsArgs) -> Result<bool> {
    let is_there = Command::new("valgrind").arg("--version").output().is_ok();
    ensure!(is_there, "valgrind is not installed: get it with `apt-get install valgrind`");
    if let Some(profiles) = &args.profiles {
        fs::create_dir_all(profiles)
            .with_context(|| format!("cannot create {}", profiles.display()))?;
    }
    let profiles = args.profiles.as_deref();
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let served: Vec<_> = SERVED.iter().filter(|(name, ..)| wanted(name)).collect();
    let ops: Vec<_> = OPS.iter().filter(|op| wanted(op.title)).collect();
    if served.is_empty() && ops.is_empty() {
        let all = SERVED.iter().map(|(name, ..)| *name).chain(OPS.iter().map(|op| op.title));
        bail!("no row has that in its name. The rows are:\n{}", all.collect::<Vec<_>>().join("\n"));
    }
    let mut results = Results::new(&[OURS, "tokio", "smol", "mio"]);
    let progress = Progress::start(served.len() * GAMES.len() + ops.len() * RUNTIMES.len());
    let mut count = |name: &str, runtime, targets, run: &dyn Fn(&str, usize) -> Result<f64>| {
        let label = format!("{name}: {runtime}");
        progress.note(&label);
        // smol has a second thread that wakes now and then, so take the median of three.
        let steady = |length| -> Result<f64> {
            let times = if runtime == "smol" { 3 } else { 1 };
            let counts = (0..times).map(|_| run(&label, length)).collect::<Result<Vec<_>>>();
            median(counts?).context("it was counted")
        };
        let value = steady(2).and_then(|many| Ok(many - steady(1)?));
        let value = value.with_context(|| label.clone())?;
        let figure = ("instructions", "", value);
        results.add(name, (runtime, 0), &figure, targets);
        progress.done();
        Ok::<_, anyhow::Error>(())
    };
    for (name, depth, servers, targets) in served {
        for &(runtime, server) in *servers {
            let program = Program::build(workspace, server)?;
            let talk = program.talk(*depth);
            count(name, runtime, *targets, &|label, length| {
                let launch = program.launch(under_callgrind(&program.binary, label, profiles));
                // A stop makes smol hand its sockets to another thread, so its schedule is its own each time.
                let all = served_with(launch.start()?, &talk, length * ROUNDS, runtime != "smol")?;
                Ok(all / (ROUNDS * CONNECTIONS * depth) as f64)
            })?;
        }
    }
    for op in ops {
        let binary = cargo::example(workspace, "xtask-bench", "ops", &["--release"])?;
        for runtime in RUNTIMES {
            count(op.title, runtime, op.targets, &|label, length| {
                let times = (length as u64 * op.times).to_string();
                let launch = under_callgrind(&binary, label, profiles);
                let mut program = launch.only_args(&[op.name, runtime, &times]).spawn()?;
                Ok(collected(&mut program)? / (op.times * op.units) as f64)
            })?;
        }
    }
    drop(progress);
    outln!("{}", results.table());
    Ok(results.are_met())
}

/// Has a program started under callgrind. The profile gets this name, if it is kept.
fn under_callgrind(binary: &Path, label: &str, profiles: Option<&Path>) -> Launch {
    let words = label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-") + ".callgrind";
    let mut out = OsString::from("--callgrind-out-file=");
    out.push(profiles.map_or_else(|| "/dev/null".into(), |profiles| profiles.join(name)));
    Launch::new(binary).under(["valgrind".into(), "--tool=callgrind".into(), out].into())
}

/// Waits until the program has ended, and returns how many instructions it has executed.
fn collected(program: &mut Running) -> Result<f64> {
    program.wait_exit(LIMIT)?;
    let printed = program.log().stderr();
    read_count(&printed).with_context(|| format!("callgrind printed no count:\n{printed}"))
}

/// Reads the count from what callgrind prints at the end: `==7== Collected : 1476417`.
fn read_count(printed: &str) -> Option<f64> {
    let mut counts = printed.lines().rev().filter_map(|line| line.split_once("Collected :"));
    counts.find(|(before, _)| before.starts_with("=="))?.1.trim().parse().ok()
}

/// Sends a server requests in this many of twice [`ROUNDS`] rounds, and returns the instructions that the server took.
///
/// The schedule must be the same each time, or one look at the sockets finds now three requests and now seventy. So in
/// each round the server is stopped until the last request is sent, and finds all of them at once.
fn served_with(mut server: Server, talk: &Talk, talking: usize, stops: bool) -> Result<f64> {
    let send = |client: &mut Client, said, count| client.send(talk.requests(said, count));
    let receive = |client: &mut Client, said, count| {
        let answers = str::from_utf8(talk.answers(said, count))?;
        answers.split_terminator('\n').try_for_each(|line| client.expect_line(line))
    };
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect(server.addr())?;
        // One after the other: the server is idle before each request.
        wait_asleep(&server)?;
        send(&mut client, 0, 1)?;
        receive(&mut client, 0, 1)?;
        wait_asleep(&server)?;
        clients.push(client);
    }
    let mut said = 1;
    for round in 0..2 * ROUNDS {
        let count = if round < talking { talk.depth() } else { 0 };
        wait_asleep(&server)?;
        let mut send = || clients.iter_mut().try_for_each(|client| send(client, said, count));
        match stops {
            true => server.while_stopped(send)?,
            false => send()?,
        }
        clients.iter_mut().try_for_each(|client| receive(client, said, count))?;
        said += count as u64;
    }
    wait_asleep(&server)?;
    // The shortest end, and the same for all servers: none of them handles this signal.
    server.signal(Signal::USR1)?;
    collected(&mut server)
}

/// Waits until the server sleeps. What wakes it makes it runnable before the waking call returns.
fn wait_asleep(server: &Server) -> Result<()> {
    let (process, until) = (server.process()?, Instant::now() + PATIENCE);
    while !process.is_asleep()? {
        if Instant::now() > until {
            return Err(mismatch("the server falls asleep", "it does not"));
        }
        // The system has no event for it.
        thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_what_callgrind_prints() {
        let printed = "==7== Process terminating with default action of signal 10 (SIGUSR1)\n\
            ==7== Events    : Ir\n==7== Collected : 1476417\n==7== I   refs:      1,476,417\n";
        assert_eq!(read_count(printed), Some(1_476_417.0));
        assert_eq!(read_count("Collected : 12 stamps\n"), None);
        assert_eq!(read_count("==7== Collected : 34\nCollected : 12\n"), Some(34.0));
    }
}
