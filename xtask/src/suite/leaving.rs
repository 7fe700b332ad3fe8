//! Rules about clients that leave without a word.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, ending::ends_well, idle};
use crate::{bisection, client::Client, server::Server, verdict::ensure};

/// How many connect, guess and leave.
const CYCLES: usize = 50_000;

/// What they say before they leave: nothing, whole lines, pieces of lines. A last piece is a guess too, and must not be
/// right by luck.
const LAST_WORDS: &[&str] = &["", "0\n", "0", "0\n101", "words\n101\n000", "\r"];

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        1,
        "a client that closes or resets, whenever it does, ends its own connection only",
        leaves_quietly,
    ),
    Case::new(1, "clients that left cost no CPU", costs_no_cpu).except(&[2]),
    Case::new(
        6,
        "thousands that connect, guess and leave leave no memory and no descriptor behind",
        leaves_nothing,
    ),
];

/// Lets clients leave in every way.
fn leave(server: &Server) -> Result<()> {
    for words in LAST_WORDS {
        for reads in [false, true] {
            for resets in [false, true] {
                let mut client = Client::connect(server.addr())?;
                client.send(words)?;
                if reads && words.contains('\n') {
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
        other.ask("0\n", "Too low!").context("one who plays on while others leave")?;
    }
    bisection::win(&mut other)?;
    other.expect_rest("")?;
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

/// Lets so many clients connect and leave, in turn after an answer, without a word, and in the middle of a line.
fn cycle(server: &Server, cycles: usize) -> Result<()> {
    for cycle in 0..cycles {
        let mut client = Client::connect(server.addr())?;
        match cycle % 5 {
            0..3 => client.ask("0\n", "Too low!")?,
            3 => {}
            _ => client.send("101\n00")?,
        }
        // A reset leaves nothing behind on this side either: so many ports are not held for a minute.
        if cycle % 11 > 0 {
            client.abort()?;
        }
    }
    Ok(())
}

fn leaves_nothing(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("600s", &[])?;
    let process = server.process()?;
    // Once somebody was answered, the server is set up.
    let mut other = Client::connect(server.addr())?;
    other.ask("0\n", "Too low!")?;
    let files = process.open_files()?.len();
    // The first ones fill what the allocator keeps.
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
    other.ask("101\n", "Too high!").context("one who was there all the time")
}
