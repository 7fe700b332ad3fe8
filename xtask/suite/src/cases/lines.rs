//! Rules about how lines arrive: many at once, in pieces, without a newline.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use rustix::net::{SendFlags, send};

use super::{Case, Ctx, answers::INVALID};
use crate::client::{Client, PATIENCE};
use kit::verdict::{ensure, mismatch};

/// How often a case repeats what could succeed by luck.
const TIMES: usize = 300;

pub(super) const CASES: &[Case] = &[
    Case::new(1, "lines that arrive at once are each answered once, in order", many_at_once),
    Case::new(1, "lines that arrive byte by byte get the same answers", byte_by_byte),
    Case::new(1, "a client that reads byte by byte gets the same answers", reads_bytes),
    Case::new(1, "lines that fill a buffer exactly are all answered", exact_fill),
    Case::new(
        1,
        "a client that closes its sending side gets its answers, then the end of the file",
        half_close,
    ),
    Case::new(1, "a last line without a newline is still a guess", last_line_without_newline),
    Case::new(
        1,
        "a guess and the end of the file in one segment are answered, 300 times of 300",
        guess_and_end_at_once,
    ),
    // Urgent data splits a read in the middle of what has arrived. A reactor that takes a short read for an empty socket
    // then waits for an event that does not come, until step 06 handles it.
    Case::new(6, "lines after urgent data are answered at once", urgent_data),
];

fn many_at_once(ctx: &Ctx<'_>) -> Result<()> {
    let (_server, mut client) = ctx.game()?;
    client.send("0\n101\n\nwords\r\n0\r\n 101 \n0\n1")?;
    for answer in ["Too low!", "Too high!", INVALID, INVALID, "Too low!", "Too high!", "Too low!"] {
        client.expect_line(answer)?;
    }
    // The server still has the piece of a line that came with them.
    client.ask("01\n", "Too high!")
}

fn byte_by_byte(ctx: &Ctx<'_>) -> Result<()> {
    let (server, mut client) = ctx.game()?;
    let mut other = Client::connect(server.addr())?;
    for byte in b"0\n101\n\nwords\r\n0\r\n 101 \n" {
        client.send([*byte])?;
        // By the time of this answer the server has read the byte, so the bytes do not add up to a line.
        other.ask("0\n", "Too low!")?;
    }
    client.finish()?;
    client.expect_rest(&format!("Too low!\nToo high!\n{INVALID}\n{INVALID}\nToo low!\nToo high!\n"))
}

fn reads_bytes(ctx: &Ctx<'_>) -> Result<()> {
    // More answers than the buffers between server and client hold, so that the server's writes are cut short.
    const LINES: &str = "\n\n\n\n\n\n\n0\n101\n";
    const REPEATED: usize = 40_000;
    // How many bytes of the answers the client reads one by one.
    const SINGLE: usize = 200_000;
    let (_server, client) = ctx.game()?;
    let (mut writer, mut reader) = (client.writer()?, client.writer()?);
    reader.set_read_timeout(Some(PATIENCE))?;
    let sending = thread::spawn(move || writer.write_all(LINES.repeat(REPEATED).as_bytes()));
    let invalid = format!("{INVALID}\n").repeat(7);
    let expected = format!("{invalid}Too low!\nToo high!\n").repeat(REPEATED).into_bytes();
    let mut got = vec![0; expected.len()];
    let (bytes, rest) = got.split_at_mut(SINGLE);
    let read = bytes.chunks_mut(1).try_for_each(|byte| reader.read_exact(byte));
    let read = read.and_then(|()| reader.read_exact(rest));
    read.with_context(|| mismatch(format!("{} bytes of answers", expected.len()), "fewer"))?;
    let wrong = got.iter().zip(&expected).position(|(got, expected)| got != expected);
    ensure(
        wrong.is_none(),
        format!("{REPEATED} times the answers to {LINES:?}"),
        format!("another byte at position {}", wrong.unwrap_or_default()),
    )?;
    sending.join().expect("the sender does not panic").context("cannot send all the lines")
}

fn exact_fill(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for size in [512, 1024, 2048, 4096, 8192, 16_384, 32_768] {
        for length in [size - 1, size, size + 1] {
            let mut client = Client::connect(server.addr())?;
            // Lines of 64 bytes; the last one is longer by what is missing.
            let lines = length / 64;
            let (line, more) = (" ".repeat(62) + "0\n", " ".repeat(length % 64));
            client.send(line.repeat(lines - 1) + &more + &line)?;
            for _ in 0..lines {
                client
                    .expect_line("Too low!")
                    .with_context(|| format!("after {length} bytes in {lines} lines"))?;
            }
            client.ask("101\n", "Too high!")?;
        }
    }
    Ok(())
}

fn half_close(ctx: &Ctx<'_>) -> Result<()> {
    let (server, mut client) = ctx.game()?;
    client.ask("0\n", "Too low!")?;
    client.send("0\n101\nwords\n")?;
    client.finish()?;
    client.expect_rest(&format!("Too low!\nToo high!\n{INVALID}\n"))?;
    let mut silent = Client::connect(server.addr())?;
    silent.finish()?;
    silent.expect_rest("")
}

fn last_line_without_newline(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for (line, answer) in [
        ("0", "Too low!\n"),
        ("101", "Too high!\n"),
        ("101\r", "Too high!\n"),
        (" 101\t", "Too high!\n"),
        ("words", &format!("{INVALID}\n")),
        ("+0", &format!("{INVALID}\n")),
        ("0\n101", "Too low!\nToo high!\n"),
    ] {
        let mut client = Client::connect(server.addr())?;
        client.send(line)?;
        client.finish()?;
        client
            .expect_rest(answer)
            .with_context(|| format!("after {line:?} and the end of the file"))?;
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
            .with_context(|| format!("at attempt {time} of {TIMES}"))?;
    }
    Ok(())
}

fn urgent_data(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    for _ in 0..50 {
        let mut client = Client::connect(server.addr())?.patience(Duration::from_secs(2));
        client.send("0\n")?;
        // Urgent data is not part of the stream.
        send(client.writer()?, b"!", SendFlags::OOB)?;
        client.send("101\n")?;
        client.expect_line("Too low!")?;
        client.expect_line("Too high!").context("after urgent data")?;
    }
    Ok(())
}
