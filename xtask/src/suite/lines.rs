//! Rules about how lines come: many at once, in pieces, without an end.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::net::{SendFlags, send};

use super::{Case, Ctx, answers::INVALID};
use crate::client::Client;

/// How often a case repeats what could go well by luck.
const TIMES: usize = 300;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(1, "lines that come at once are each answered once, in order", many_at_once),
    Case::new(1, "lines that come byte by byte get the same answers", byte_by_byte),
    Case::new(
        1,
        "a client that closes its sending side gets its answers, then the end of the file",
        half_close,
    ),
    Case::new(1, "lines behind urgent data are answered at once", urgent_data),
    Case::new(1, "a last line without an end is still a guess", last_line_without_end),
    Case::new(
        1,
        "a guess and the end in one segment are answered, 300 times of 300",
        guess_and_end_at_once,
    ),
];

fn many_at_once(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    client.send("0\n101\n\nwords\r\n0\r\n 101 \n0\n1")?;
    for answer in ["Too low!", "Too high!", INVALID, INVALID, "Too low!", "Too high!", "Too low!"] {
        client.expect_line(answer)?;
    }
    // The piece of a line that came with them is not lost.
    client.ask("01\n", "Too high!")
}

fn byte_by_byte(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    let mut other = Client::connect(server.addr())?;
    for byte in b"0\n101\n\nwords\r\n0\r\n 101 \n" {
        client.send([*byte])?;
        // While the other one is answered, the server comes past the byte: they do not add up to a line.
        other.ask("0\n", "Too low!")?;
    }
    client.finish()?;
    client.expect_rest(&format!("Too low!\nToo high!\n{INVALID}\n{INVALID}\nToo low!\nToo high!\n"))
}

fn half_close(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    client.ask("0\n", "Too low!")?;
    client.send("0\n101\nwords\n")?;
    client.finish()?;
    client.expect_rest(&format!("Too low!\nToo high!\n{INVALID}\n"))?;
    let mut silent = Client::connect(server.addr())?;
    silent.finish()?;
    silent.expect_rest("")
}

fn urgent_data(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for _ in 0..50 {
        let mut client = Client::connect(server.addr())?.patience(Duration::from_secs(2));
        client.send("0\n")?;
        // It is no part of the stream.
        send(client.writer()?, b"!", SendFlags::OOB)?;
        client.send("101\n")?;
        client.expect_line("Too low!")?;
        client.expect_line("Too high!").context("behind urgent data")?;
    }
    Ok(())
}

fn last_line_without_end(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for (line, answer) in [
        ("0", "Too low!\n"),
        ("101", "Too high!\n"),
        ("101\r", "Too high!\n"),
        ("words", &format!("{INVALID}\n")),
        ("0\n101", "Too low!\nToo high!\n"),
    ] {
        let mut client = Client::connect(server.addr())?;
        client.send(line)?;
        client.finish()?;
        client
            .expect_rest(answer)
            .with_context(|| format!("after sending {line:?} and the end"))?;
    }
    Ok(())
}

fn guess_and_end_at_once(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for time in 1..=TIMES {
        let mut client = Client::connect(server.addr())?;
        client.send_and_finish("0\n")?;
        client
            .expect_rest("Too low!\n")
            .with_context(|| format!("the {time}th time of {TIMES}"))?;
    }
    Ok(())
}
