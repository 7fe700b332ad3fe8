//! Rules about a server that is full, or has no descriptors left.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, idle};
use crate::{
    client::{Client, PATIENCE},
    server::{Launch, Log, Process, Server},
};
use kit::verdict::{ensure, mismatch};

/// What a client gets for which there is no place.
const FULL: &str = "Server full. Try again later.\n";

/// How many descriptors the server may have open in the cases that use them up.
const OPEN_FILES: u32 = 48;

/// How often a client leaves and another one comes at the limit of descriptors.
const ROUNDS: usize = 40;

/// How many warnings about that are a few.
const FEW: usize = 10;

pub(super) const CASES: &[Case] = &[
    Case::new(6, "clients beyond --max-clients are told that the server is full", server_is_full),
    Case::new(6, "a client that has left does not count for --max-clients", place_is_free),
    Case::new(6, "clients that come at once count for --max-clients", come_at_once),
    Case::new(
        6,
        "without free descriptors it warns once, waits without CPU, plays on, and accepts again",
        no_descriptors,
    ),
    Case::new(
        6,
        "at the limit of descriptors, clients that leave and come cause only a few warnings",
        few_warnings,
    ),
];

fn server_is_full(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &["--max-clients", "3"])?;
    let mut clients = idle::connect(&server, 3)?;
    for _ in 0..5 {
        let mut surplus = Client::connect(server.addr())?;
        surplus.expect_rest(FULL)?;
        for client in &mut clients {
            client.ask("101\n", "Too high!")?;
        }
    }
    // A surplus client that has sent something gets the same line, and no reset cuts it off.
    let mut surplus = Client::connect(server.addr())?;
    surplus.send("0\n0\n0\n")?;
    surplus.expect_rest(FULL)?;
    drop((surplus, clients.pop()));
    // The server may notice a little later that a client has left.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut next = Client::connect(server.addr())?;
        next.send("0\n")?;
        match next.line()?.as_deref() {
            Some("Too low!") => return Ok(()),
            Some("Server full. Try again later.") if Instant::now() < deadline => {}
            other => {
                return Err(mismatch("a place once a client has left", format!("{other:?}")));
            }
        }
    }
}

fn place_is_free(ctx: &Ctx<'_>) -> Result<()> {
    for resets in [false, true] {
        let server = ctx.start("60s", &["--max-clients", "1"])?;
        let mut client = idle::player(&server)?;
        Client::connect(server.addr())?.expect_rest(FULL)?;
        for _ in 0..5 {
            // The server finds both events in one batch: that the client has left, and that the next one has come.
            let mut next = server.while_stopped(|| {
                let addr = client.addr()?;
                match resets {
                    true => client.abort()?,
                    false => drop(client),
                }
                arrival_of_the_end(&server.process()?, addr)?;
                let mut next = Client::connect(server.addr())?;
                next.send("0\n")?;
                Ok(next)
            })?;
            next.expect_line("Too low!").with_context(|| match resets {
                true => "a client that connects just after the only client has reset",
                false => "a client that connects just after the only client has closed",
            })?;
            client = next;
        }
    }
    Ok(())
}

/// Waits until the kernel has noticed at the server's end that a client has left. A busy machine can
/// deliver the next client's connection first.
fn arrival_of_the_end(server: &Process, client: SocketAddr) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while server.is_connected_to(client)? {
        ensure(Instant::now() < until, "the kernel notices that a client has left", "it does not")?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn come_at_once(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &["--max-clients", "3"])?;
    let mut clients = server.while_stopped(|| {
        let connected = (0..8).map(|_| Client::connect(server.addr()));
        connected.collect::<Result<Vec<_>>>()
    })?;
    for (number, client) in clients.iter_mut().enumerate() {
        match number {
            0..3 => client.ask("0\n", "Too low!"),
            _ => client.expect_rest(FULL),
        }
        .with_context(|| format!("client {} of 8, with places for 3", number + 1))?;
    }
    Ok(())
}

/// How many lines on stderr report that accepting failed, for lack of descriptors or for another reason.
pub fn warnings(log: &Log) -> usize {
    let stderr = log.stderr().to_lowercase();
    let about = ["too many open files", "os error 24", "accept"];
    stderr.lines().filter(|line| about.iter().any(|words| line.contains(words))).count()
}

/// Connects a client and sends its first guess, without waiting for the answer.
fn connect_and_guess(server: &Server) -> Result<Client> {
    let mut client = Client::connect(server.addr())?;
    client.send("0\n")?;
    Ok(client)
}

/// Starts a server with few descriptors and connects clients until one of them gets no answer. Returns the clients that
/// play, and the one that waits.
fn use_up_descriptors(ctx: &Ctx<'_>) -> Result<(Server, Vec<Client>, Client)> {
    let launch = Launch { open_files: Some(OPEN_FILES), ..ctx.launch() };
    let server = launch.args(&["60s"]).start()?;
    let mut playing = Vec::new();
    loop {
        let mut client = connect_and_guess(&server)?.patience(Duration::from_millis(500));
        match client.line() {
            Ok(Some(line)) if line == "Too low!" => playing.push(client.patience(PATIENCE)),
            Ok(other) => return Err(mismatch("an answer, or silence", format!("{other:?}"))),
            Err(_) => return Ok((server, playing, client.patience(PATIENCE))),
        }
        ensure(
            playing.len() < OPEN_FILES as usize,
            format!("fewer than {OPEN_FILES} clients at once"),
            "more",
        )?;
    }
}

fn no_descriptors(ctx: &Ctx<'_>) -> Result<()> {
    let (server, mut playing, first) = use_up_descriptors(ctx)?;
    let mut waiting = vec![first];
    for _ in 0..5 {
        waiting.push(connect_and_guess(&server)?);
    }
    idle::costs_no_cpu(&server, Duration::from_secs(1))?;
    for client in &mut playing {
        client
            .ask("101\n", "Too high!")
            .context("a client that connected before the descriptors ran out")?;
    }
    let warned = warnings(server.log());
    ensure(warned == 1, "one warning on stderr", format!("{warned} warnings"))?;
    playing.truncate(10);
    for client in &mut waiting {
        client
            .expect_line("Too low!")
            .context("a client that waited until descriptors were free again")?;
    }
    Ok(())
}

fn few_warnings(ctx: &Ctx<'_>) -> Result<()> {
    let (server, mut playing, mut next) = use_up_descriptors(ctx)?;
    for round in 1..=ROUNDS {
        // A client leaves, the one that waits takes its place, and accepting the one behind it fails again.
        playing.remove(0);
        let behind = connect_and_guess(&server)?;
        next.expect_line("Too low!")
            .with_context(|| format!("the client that waits in round {round} of {ROUNDS}"))?;
        playing.push(std::mem::replace(&mut next, behind));
    }
    let warned = warnings(server.log());
    ensure(
        (1..=FEW).contains(&warned),
        format!("1 to {FEW} warnings in {ROUNDS} rounds"),
        format!("{warned} warnings"),
    )
}
