//! Rules about clients that leave.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{
    Case, Ctx,
    ending::{self, ends_well},
    idle,
};
use crate::{client::Client, server::Server};
use kit::verdict::ensure;

/// How many clients connect, guess and leave.
const CYCLES: usize = 50_000;

/// What clients send before they leave: nothing, whole lines, pieces of lines. A piece at the end is a guess too, and
/// must not be right by luck.
const SENT: &[&str] = &["", "0\n", "0", "0\n101", "words\n101\n000", "\r"];

pub(super) const CASES: &[Case] = &[
    Case::new(
        1,
        "a client that closes or resets at any point ends its own connection only",
        leaves_quietly,
    ),
    // Step 02 polls every task round and round, with or without clients.
    Case::new(1, "clients that have left cost no CPU", costs_no_cpu).except(&[2]),
    // The steps before keep the handle of every finished task.
    Case::new(
        6,
        "thousands of clients that come, guess and leave cost no memory and no descriptor",
        leaves_nothing,
    ),
];

/// Lets clients leave in every way.
fn leave(server: &Server) -> Result<()> {
    for sent in SENT {
        for reads in [false, true] {
            for resets in [false, true] {
                let mut client = Client::connect(server.addr())?;
                client.send(sent)?;
                if reads && sent.contains('\n') {
                    client.line()?;
                }
                if resets {
                    client.abort()?;
                }
            }
        }
    }
    Ok(())
}

fn leaves_quietly(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let mut other = Client::connect(server.addr())?;
    for _ in 0..5 {
        leave(&server)?;
        other.ask("0\n", "Too low!").context("a client that plays on while others leave")?;
    }
    ending::win(&mut other)?;
    drop(other);
    let line = format!("listening on {}\n", server.addr());
    ends_well(&mut server)?;
    let stdout = server.log().stdout();
    ensure(stdout == line, "nothing else on stdout", format!("{stdout:?}"))
}

fn costs_no_cpu(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut other = Client::connect(server.addr())?;
    leave(&server)?;
    other.ask("0\n", "Too low!")?;
    idle::costs_no_cpu(&server, Duration::from_secs(1))
}

/// Lets this many clients connect and leave: after an answer, at once, or in the middle of a line.
fn cycle(server: &Server, cycles: usize) -> Result<()> {
    for cycle in 0..cycles {
        let mut client = Client::connect(server.addr())?;
        match cycle % 5 {
            0..3 => client.ask("0\n", "Too low!")?,
            3 => {}
            _ => client.send("101\n00")?,
        }
        // A reset frees the client's port at once. After a close the system would hold it for a minute.
        if cycle % 11 > 0 {
            client.abort()?;
        }
    }
    Ok(())
}

fn leaves_nothing(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("600s", &[])?;
    let process = server.process()?;
    // After the first answer the server has opened all that it needs.
    let mut other = idle::player(&server)?;
    let files = process.open_files()?.len();
    // The first clients make the allocator take the memory that it keeps.
    cycle(&server, CYCLES / 10)?;
    let memory = process.memory()?;
    cycle(&server, CYCLES)?;
    let deadline = Instant::now() + Duration::from_secs(5);
    while process.open_files()?.len() != files && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    let files_after = process.open_files()?.len();
    ensure(
        files_after == files,
        format!("{files} open descriptors, as before"),
        format!("{files_after}"),
    )?;
    let more = process.memory()?.saturating_sub(memory) / 1024;
    ensure(more < 2048, "memory as before", format!("{more} KiB more after {CYCLES} clients"))?;
    other.ask("101\n", "Too high!").context("a client that was connected all the time")
}
