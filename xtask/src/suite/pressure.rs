//! Rules about clients that send more than they should.

use std::{
    io::Write,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, answers::INVALID};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::Process,
    verdict::ensure,
};

/// How much more memory one client may take, whatever it does.
const MORE: u64 = 8 * 1024 * 1024;

/// How long the longest answer may take beside those who flood.
const PROMPT: Duration = Duration::from_millis(500);

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        4,
        "a million lines of a client that never reads take no memory, and nobody else notices",
        never_reads,
    ),
    Case::new(6, "a line without an end takes no memory", endless_line),
    Case::new(6, "a line over 1 KiB is answered once as invalid input, and skipped", long_lines),
    Case::new(6, "while some clients flood, a quiet one is answered promptly", floods).alone(),
];

/// Sends the same bytes so many times from a thread, until it is done, or the connection fails.
pub fn flood(client: &Client, bytes: &'static [u8], times: usize) -> Result<JoinHandle<usize>> {
    let mut writer = client.writer()?;
    Ok(thread::spawn(move || (0..times).take_while(|_| writer.write_all(bytes).is_ok()).count()))
}

/// Waits until the process does nothing any more.
pub fn settle(process: &Process) -> Result<()> {
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut before = process.thread_times()?;
    let mut quiet = 0;
    while quiet < 3 {
        // The system has no event for "does nothing".
        thread::sleep(Duration::from_millis(100));
        let now = process.thread_times()?;
        // On a busy machine it may just not have had its turn for a while.
        quiet = if now == before && process.is_asleep()? { quiet + 1 } else { 0 };
        before = now;
        ensure(Instant::now() < deadline, "the server comes to rest", "it does not")?;
    }
    Ok(())
}

/// Makes sure that the process occupies not much more memory than before.
pub fn is_bounded(process: &Process, before: u64) -> Result<()> {
    let more = process.memory()?.saturating_sub(before);
    ensure(
        more <= MORE,
        format!("at most {} KiB more memory", MORE / 1024),
        format!("{} KiB more", more / 1024),
    )
}

fn never_reads(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let mut other = Client::connect(server.addr())?;
    other.ask("0\n", "Too low!")?;
    let process = server.process()?;
    let before = process.memory()?;
    // The shortest lines with the longest answers.
    let client = Client::connect(server.addr())?.buffer(4096)?;
    let sending = flood(&client, &[b'\n'; 1000], 1000)?;
    for _ in 0..50 {
        other.ask("0\n", "Too low!")?;
    }
    settle(&process)?;
    is_bounded(&process, before)?;
    other.ask("101\n", "Too high!")?;
    client.abort()?;
    let _ = sending.join();
    bisection::win(&mut other)?;
    other.expect_rest("")
}

fn endless_line(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let process = server.process()?;
    let mut client = Client::connect(server.addr())?;
    client.ask("0\n", "Too low!")?;
    let before = process.memory()?;
    let sending = flood(&client, &[b'7'; 64 * 1024], 512)?;
    let sent = sending.join().expect("sending does not panic");
    ensure(sent == 512, "the server takes in 32 MiB", format!("{} KiB", sent * 64))?;
    is_bounded(&process, before)?;
    client.ask("\n", INVALID)?;
    client.ask("0\n", "Too low!")
}

fn long_lines(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    let blanks = |length: usize| " ".repeat(length - 2) + "0\n";
    client.ask(blanks(1000), "Too low!").context("a line of 1,000 bytes")?;
    for length in [1100, 5000, 100_000] {
        client.ask(blanks(length), INVALID).with_context(|| format!("a line of {length} bytes"))?;
        client
            .ask("101\n", "Too high!")
            .with_context(|| format!("the line after one of {length} bytes"))?;
    }
    client.send(blanks(3000).repeat(2) + "0\n")?;
    for answer in [INVALID, INVALID, "Too low!"] {
        client.expect_line(answer)?;
    }
    // The end of the file ends such a line too.
    client.send(" ".repeat(2000))?;
    client.finish()?;
    client.expect_rest(&format!("{INVALID}\n"))
}

fn floods(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let mut quiet = Client::connect(server.addr())?;
    quiet.ask("0\n", "Too low!")?;
    let mut flooding = Vec::new();
    for _ in 0..4 {
        let client = Client::connect(server.addr())?;
        let sending = flood(&client, &[b'\n'; 1000], usize::MAX)?;
        let mut reader = client.writer()?;
        let reading = thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        flooding.push((client, sending, reading));
    }
    let mut longest = Duration::ZERO;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        let asked = Instant::now();
        quiet.ask("0\n", "Too low!")?;
        longest = longest.max(asked.elapsed());
    }
    for (client, sending, reading) in flooding {
        client.shut_down();
        let _ = (sending.join(), reading.join());
    }
    ensure(
        longest < PROMPT,
        format!("every answer within {PROMPT:?}"),
        format!("one that took {longest:?}"),
    )
}
