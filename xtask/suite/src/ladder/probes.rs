//! How each capability is probed: on the running server, from outside. A probe returns its evidence, which is an error if
//! the capability is not there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

use super::{Subject, waiting};
use crate::{
    bisection,
    cases::{INVALID, SHUTTING_DOWN, SOMEONE_WON, ends_well, idle, pressure},
    client::Client,
    server::{Launch, Server},
};
use kit::{cargo, verdict};

/// The crates that smol consists of. In the end none of them may be left.
const SMOL: &[&str] = &[
    "smol",
    "async-io",
    "async-executor",
    "async-net",
    "async-global-executor",
    "async-task",
    "blocking",
    "polling",
];

impl Subject<'_> {
    /// Starts the server, and connects this many clients that have got an answer.
    fn start_with(&self, clients: usize) -> Result<(Server, Vec<Client>)> {
        let server = Launch::new(self.binary).args(&["60s"]).start()?;
        let clients = idle::connect(&server, clients)?;
        Ok((server, clients))
    }
}

/// Returns the evidence, as an error if the capability is not there.
fn holds(holds: bool, evidence: String) -> Result<String> {
    ensure!(holds, "{evidence}");
    Ok(evidence)
}

/// Probes by a short game.
pub fn plays_by_the_rules(subject: &Subject<'_>) -> Result<String> {
    let (mut server, mut clients) = subject.start_with(2)?;
    for client in &mut clients {
        client.ask("words\n", INVALID)?;
        client.ask("101\n", "Too high!")?;
    }
    let target = bisection::win(&mut clients[0])?;
    clients[0].expect_rest("")?;
    clients[1].expect_rest(SOMEONE_WON)?;
    drop(clients);
    ends_well(&mut server)?;
    Ok(format!("a game was won with {target}"))
}

/// Probes for threads of smol's executor.
pub fn own_executor(subject: &Subject<'_>) -> Result<String> {
    let (server, _clients) = subject.start_with(3)?;
    let threads = server.process()?.threads()?;
    let names: Vec<String> = threads.into_iter().map(|thread| thread.name).collect();
    let none = names.iter().all(|name| !name.starts_with("smol"));
    holds(none, format!("its threads are called {}", names.join(", ")))
}

/// Probes for CPU time that is used while a hundred clients are silent.
pub fn idle_without_cpu(subject: &Subject<'_>) -> Result<String> {
    let (server, _clients) = subject.start_with(100)?;
    idle::costs_no_cpu(&server, Duration::from_secs(1))?;
    Ok("it used no CPU".to_owned())
}

/// Probes for the thread that waits for the clients' sockets: the main thread, or another one.
pub fn own_sockets(subject: &Subject<'_>) -> Result<String> {
    let (server, mut clients) = subject.start_with(3)?;
    let process = server.process()?;
    let mut seen = Vec::new();
    for _ in 0..10 {
        clients[0].ask("101\n", "Too high!")?;
        let waiting = waiting::for_connections(&process)?;
        if !seen.contains(&waiting) {
            seen.push(waiting);
        }
    }
    holds(seen == [waiting::MAIN], format!("waiting for the sockets: {}", seen.join("; ")))
}

/// Probes for threads beside the main thread.
pub fn one_thread(subject: &Subject<'_>) -> Result<String> {
    let (server, _clients) = subject.start_with(3)?;
    let threads = server.process()?.threads()?;
    holds(threads.len() == 1, format!("it has {} threads", threads.len()))
}

/// Probes for smol among the crates that the step is built from.
pub fn no_smol(subject: &Subject<'_>) -> Result<String> {
    let output = cargo::command(subject.root)
        .args(["tree", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package", &subject.step.name])
        .output()
        .context("cannot run cargo tree")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo tree fails: {errors}");
    let tree = String::from_utf8_lossy(&output.stdout);
    let mut found: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| SMOL.contains(name))
        .collect();
    found.sort_unstable();
    found.dedup();
    holds(found.is_empty(), format!("it is built from {found:?}"))
}

/// Probes whether SIGTERM gives the clients their goodbye.
pub fn graceful_shutdown(subject: &Subject<'_>) -> Result<String> {
    let (server, mut clients) = subject.start_with(1)?;
    server.signal(Signal::TERM)?;
    clients[0].expect_rest(SHUTTING_DOWN).context("after SIGTERM")?;
    Ok("SIGTERM gave a client its goodbye".to_owned())
}

/// Probes whether a client gets its goodbye that has sent more than the server has read.
pub fn lingering_close(subject: &Subject<'_>) -> Result<String> {
    let (server, mut clients) = subject.start_with(1)?;
    let mut client = Client::connect(server.addr())?;
    let sending = pressure::flood(&client, &[b'\n'; 1000], 1000)?;
    pressure::settle_memory(&server.process()?, &client, &mut clients[0])?;
    bisection::win(&mut clients[0])?;
    let (rest, reset) = client.rest_or_reset()?;
    client.shut_down();
    let _ = sending.join();
    verdict::ensure(
        !reset && rest.ends_with(SOMEONE_WON),
        "the goodbye and the end of the file",
        if reset { "a reset" } else { "the end of the file without a goodbye" },
    )?;
    Ok("a client with unread guesses got its goodbye".to_owned())
}

/// Probes whether a line without an end takes bounded memory.
pub fn bounded_lines(subject: &Subject<'_>) -> Result<String> {
    let (server, clients) = subject.start_with(1)?;
    let process = server.process()?;
    let before = process.memory()?;
    let sending = pressure::flood(&clients[0], &[b'7'; 64 * 1024], 512)?;
    let _ = sending.join();
    pressure::is_bounded(&process, before).context("a line without an end")?;
    Ok("a line without an end took bounded memory".to_owned())
}
