//! How each capability is probed: on the running server, from outside.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::{Subject, waiting};
use crate::{
    bisection,
    cases::{SHUTTING_DOWN, SOMEONE_WON, idle, pressure},
    client::{Client, PATIENCE},
    server::{Launch, Server},
};
use kit::verdict::{Mismatch, ensure};

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

/// What a probe found.
#[derive(Debug)]
pub struct Finding {
    /// Whether the capability is there.
    pub holds: bool,
    /// What was seen.
    pub evidence: String,
}

impl Finding {
    /// Creates a finding.
    pub fn new(holds: bool, evidence: String) -> Self {
        Finding { holds, evidence }
    }
}

impl Subject<'_> {
    /// Starts the server with these arguments after its address and duration.
    fn start(&self, args: &[&str]) -> Result<Server> {
        let launch = Launch::new(&self.binary).args(&["60s"]).args(args);
        launch.start()
    }

    /// Starts the server, and connects this many clients that have got an answer.
    fn start_with(&self, clients: usize) -> Result<(Server, Vec<Client>)> {
        let server = self.start(&[])?;
        let clients = idle::connect(&server, clients)?;
        Ok((server, clients))
    }
}

/// Probes by a short game.
pub fn plays_by_the_rules(subject: &Subject<'_>) -> Result<Finding> {
    let (mut server, mut clients) = subject.start_with(2)?;
    for client in &mut clients {
        client.ask("words\n", "Invalid input. Please enter a number.")?;
        client.ask("101\n", "Too high!")?;
    }
    let target = bisection::win(&mut clients[0])?;
    clients[0].expect_rest("")?;
    clients[1].expect_rest("Game over! Someone else won.\n")?;
    drop(clients);
    let status = server.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let evidence = format!("a game was won with {target}");
    Ok(Finding::new(true, evidence))
}

/// Probes for threads of smol's executor.
pub fn own_executor(subject: &Subject<'_>) -> Result<Finding> {
    let (server, _clients) = subject.start_with(3)?;
    let threads = server.process()?.threads()?;
    let names: Vec<String> = threads.into_iter().map(|thread| thread.name).collect();
    let none = names.iter().all(|name| !name.starts_with("smol"));
    let evidence = format!("its threads are called {}", names.join(", "));
    Ok(Finding::new(none, evidence))
}

/// Probes for CPU time that is used while a hundred clients are silent.
pub fn idle_without_cpu(subject: &Subject<'_>) -> Result<Finding> {
    let (server, _clients) = subject.start_with(100)?;
    let found = idle::costs_no_cpu(&server, Duration::from_secs(1));
    match found {
        Ok(()) => Ok(Finding::new(true, "it used no CPU".to_owned())),
        Err(error) => match error.downcast::<Mismatch>() {
            Ok(found) => Ok(Finding::new(false, format!("it used {} in a second", found.got))),
            Err(error) => Err(error),
        },
    }
}

/// Probes for the thread that waits for the clients' sockets: the main thread, or another one.
pub fn own_sockets(subject: &Subject<'_>) -> Result<Finding> {
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
    let only_main = seen == [waiting::Waiting::Main];
    let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
    let evidence = format!("waiting for the sockets: {}", seen.join("; "));
    Ok(Finding::new(only_main, evidence))
}

/// Probes for threads beside the main thread.
pub fn one_thread(subject: &Subject<'_>) -> Result<Finding> {
    let (server, _clients) = subject.start_with(3)?;
    let threads = server.process()?.threads()?;
    let evidence = format!("it has {} threads", threads.len());
    Ok(Finding::new(threads.len() == 1, evidence))
}

/// Probes for smol among the crates that the step is built from.
pub fn no_smol(subject: &Subject<'_>) -> Result<Finding> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package", &subject.step.name])
        .current_dir(subject.root)
        .output()
        .context("cannot run cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree fails: {}", String::from_utf8_lossy(&output.stderr));
    }
    let tree = String::from_utf8_lossy(&output.stdout);
    let mut found: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| SMOL.contains(name))
        .collect();
    found.sort_unstable();
    found.dedup();
    let evidence = format!("it is built from {found:?}");
    Ok(Finding::new(found.is_empty(), evidence))
}

/// Turns the outcome of a rule's check into a finding: a rule that is broken is a capability that is not there yet.
fn finding(checked: Result<()>, evidence: &str) -> Result<Finding> {
    match checked {
        Ok(()) => Ok(Finding::new(true, evidence.to_owned())),
        Err(error) if error.is::<Mismatch>() => Ok(Finding::new(false, format!("{error:#}"))),
        Err(error) => Err(error),
    }
}

/// Probes whether SIGTERM gives the clients their goodbye.
pub fn graceful_shutdown(subject: &Subject<'_>) -> Result<Finding> {
    let (server, mut clients) = subject.start_with(1)?;
    server.signal(Signal::TERM)?;
    let checked = clients[0].expect_rest(SHUTTING_DOWN).context("after SIGTERM");
    finding(checked, "SIGTERM gave a client its goodbye")
}

/// Probes whether a client gets its goodbye that has sent more than the server has read.
pub fn lingering_close(subject: &Subject<'_>) -> Result<Finding> {
    let (server, mut clients) = subject.start_with(1)?;
    let mut client = Client::connect(server.addr())?;
    let sending = pressure::flood(&client, &[b'\n'; 1000], 1000)?;
    pressure::settle_memory(&server.process()?, &client, &mut clients[0])?;
    bisection::win(&mut clients[0])?;
    let (rest, reset) = client.rest_or_reset()?;
    client.shut_down();
    let _ = sending.join();
    let checked = ensure(
        !reset && rest.ends_with(SOMEONE_WON),
        "the goodbye and the end of the file",
        if reset { "a reset" } else { "the end of the file without a goodbye" },
    );
    finding(checked, "a client with unread guesses got its goodbye")
}

/// Probes whether a line without an end takes bounded memory.
pub fn bounded_lines(subject: &Subject<'_>) -> Result<Finding> {
    let (server, clients) = subject.start_with(1)?;
    let process = server.process()?;
    let before = process.memory()?;
    let sending = pressure::flood(&clients[0], &[b'7'; 64 * 1024], 512)?;
    let _ = sending.join();
    let checked = pressure::is_bounded(&process, before).context("a line without an end");
    finding(checked, "a line without an end took bounded memory")
}
