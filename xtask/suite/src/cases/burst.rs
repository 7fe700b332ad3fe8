//! Rules about a burst of lines.

use std::{
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, answers::INVALID};
use crate::{client::Client, server::Server};
use kit::verdict::{ensure, mismatch};

/// A line of the bursts: long enough to keep their number low, short enough that the cost of each line counts.
const LINE: &[u8; 32] = b"                              0\n";

/// The answer to that line.
const ANSWER: &[u8] = b"Too low!\n";

/// How many bytes the smaller burst has. The larger burst has four times this many.
const BURST: usize = 256 * 1024;

pub(super) const CASES: &[Case] = &[
    Case::new(1, "a burst of four times the lines costs about four times the time", cost_is_linear)
        .alone(),
    Case::new(1, "answers that wait for a slow reader arrive complete and in order", slow_reader),
];

/// Sends this many bytes of lines at once and counts the answers. Returns what that cost the server: CPU time where
/// `/proc` shows it, elapsed time elsewhere.
fn burst(server: &Server, bytes: usize) -> Result<Duration> {
    let client = Client::connect(server.addr())?;
    let mut writer = client.writer()?;
    let mut reader = client.writer()?;
    reader.set_read_timeout(Some(Duration::from_secs(20)))?;
    let process = server.process().ok();
    let cpu_time = || process.as_ref().map(|process| process.cpu_time());
    let (began, before) = (Instant::now(), cpu_time().transpose()?);
    let lines = bytes / LINE.len();
    let sending = thread::spawn(move || writer.write_all(&LINE.repeat(lines)));
    let mut answers = vec![0; ANSWER.len() * lines];
    let got = reader.read_exact(&mut answers);
    got.with_context(|| mismatch(format!("{lines} answers"), "fewer"))?;
    ensure(answers == ANSWER.repeat(lines), format!("{lines} times `Too low!`"), "another answer")?;
    let sent = sending.join().expect("the sender does not panic");
    sent.context("cannot send the burst")?;
    Ok(match (before, cpu_time().transpose()?) {
        (Some(before), Some(after)) => after - before,
        _ => began.elapsed(),
    })
}

fn cost_is_linear(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    // Two bursts of each size: the slower small one and the faster large one, so that noise cannot fail the case.
    let small = burst(&server, BURST)?.max(burst(&server, BURST)?);
    let large = burst(&server, 4 * BURST)?.min(burst(&server, 4 * BURST)?);
    // CPU time is counted in clock ticks, and the small burst may cost less than one.
    let bound = small * 6 + Duration::from_millis(100);
    ensure(
        large <= bound,
        format!("a burst of {} bytes costs at most {bound:?}", 4 * BURST),
        format!("{large:?}, and a quarter of it costs {small:?}"),
    )
}

fn slow_reader(ctx: &Ctx<'_>) -> Result<()> {
    // More answers than the buffers between server and client hold.
    const TIMES: usize = 100_000;
    let (server, mut client) = ctx.game()?;
    let mut other = Client::connect(server.addr())?;
    let mut writer = client.writer()?;
    let sending = thread::spawn(move || {
        let _ = writer.write_all("words\n0\n101\n".repeat(TIMES).as_bytes());
    });
    // Meanwhile the answers fill the buffers, until the server cannot write any more.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        other.ask("0\n", "Too low!")?;
    }
    for time in 1..=TIMES {
        for answer in [INVALID, "Too low!", "Too high!"] {
            client.expect_line(answer).with_context(|| format!("in round {time} of {TIMES}"))?;
        }
    }
    sending.join().expect("the sender does not panic");
    Ok(())
}
