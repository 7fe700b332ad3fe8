//! Rules about what the server runs out of.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{Case, Ctx, idle};
use crate::{
    client::{Client, PATIENCE},
    server::Log,
    verdict::{ensure, mismatch},
};

/// What the surplus is told.
const FULL: &str = "Server full. Try again later.\n";

/// How many descriptors the server has in the case that takes them away.
const OPEN_FILES: u32 = 48;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(6, "clients beyond --max-clients are told that the server is full", server_is_full),
    Case::new(
        6,
        "without free descriptors it warns once, waits without CPU, plays on, and resumes",
        no_descriptors,
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
    // A surplus client that has said something is told the same, and not cut off by a reset.
    let mut surplus = Client::connect(server.addr())?;
    surplus.send("0\n0\n0\n")?;
    surplus.expect_rest(FULL)?;
    drop((surplus, clients.pop()));
    // The server learns of it in its own time.
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

/// How many lines on stderr tell that accepting failed, for want of descriptors or else.
pub fn warnings(log: &Log) -> usize {
    let stderr = log.stderr().to_lowercase();
    let about = ["too many open files", "os error 24", "accept"];
    stderr.lines().filter(|line| about.iter().any(|words| line.contains(words))).count()
}

fn no_descriptors(ctx: &Ctx<'_>) -> Result<()> {
    let launch = ctx.launch().open_files(OPEN_FILES).args(&["60s"]);
    let server = launch.start()?;
    let mut playing = Vec::new();
    let mut waiting = loop {
        let mut client = Client::connect(server.addr())?;
        client.send("0\n")?;
        let mut client = client.patience(Duration::from_millis(500));
        match client.line() {
            Ok(Some(line)) if line == "Too low!" => playing.push(client.patience(PATIENCE)),
            Ok(other) => return Err(mismatch("an answer, or silence", format!("{other:?}"))),
            Err(_) => break vec![client.patience(PATIENCE)],
        }
        ensure(
            playing.len() < OPEN_FILES as usize,
            format!("fewer than {OPEN_FILES} at once"),
            "more",
        )?;
    };
    for _ in 0..5 {
        let mut client = Client::connect(server.addr())?;
        client.send("0\n")?;
        waiting.push(client);
    }
    idle::costs_no_cpu(&server, Duration::from_secs(1))?;
    for client in &mut playing {
        client.ask("101\n", "Too high!").context("one who played before descriptors ran out")?;
    }
    let warned = warnings(server.log());
    ensure(warned == 1, "one warning on stderr", format!("{warned} warnings"))?;
    playing.truncate(10);
    for client in &mut waiting {
        client
            .expect_line("Too low!")
            .context("one who waited until descriptors were free again")?;
    }
    Ok(())
}
