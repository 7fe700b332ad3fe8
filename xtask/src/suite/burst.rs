//! Rules about very many lines at once.

use std::{
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, answers::INVALID};
use crate::{
    client::Client,
    server::Server,
    verdict::{ensure, mismatch},
};

/// A line of the bursts: long enough that there are not too many, short enough that each counts.
const LINE: &[u8; 32] = b"                              0\n";

/// The answer to it.
const ANSWER: &[u8] = b"Too low!\n";

/// How many bytes the smaller burst has; the larger one has four times as many.
const BURST: usize = 256 * 1024;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(1, "four times as many lines at once take about four times as long", cost_is_linear)
        .alone(),
    Case::new(1, "answers that waited for a slow reader come complete and in order", slow_reader),
];

/// Sends so many bytes of lines at once, counts the answers, and gives what that cost: CPU time where the system
/// tells, time on the clock elsewhere.
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
    got.with_context(|| mismatch(format!("{lines} answers"), "not all of them"))?;
    ensure(answers == ANSWER.repeat(lines), format!("{lines} times `Too low!`"), "something else")?;
    let sent = sending.join().expect("sending does not panic");
    sent.context("cannot send a burst")?;
    Ok(match (before, cpu_time().transpose()?) {
        (Some(before), Some(after)) => after - before,
        _ => began.elapsed(),
    })
}

fn cost_is_linear(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    // The better of two, lest a small cost be measured too small or a large one too large.
    let small = burst(&server, BURST)?.max(burst(&server, BURST)?);
    let large = burst(&server, 4 * BURST)?.min(burst(&server, 4 * BURST)?);
    // The clock's tick may be all that the small burst costs.
    let bound = small * 9 + Duration::from_millis(100);
    ensure(
        large <= bound,
        format!("a burst of {} bytes costs at most {bound:?}", 4 * BURST),
        format!("{large:?}, where a quarter of it costs {small:?}"),
    )
}

fn slow_reader(ctx: &Ctx<'_>) -> Result<()> {
    // More than the buffers between the two hold.
    const TIMES: usize = 100_000;
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    let mut other = Client::connect(server.addr())?;
    let mut writer = client.writer()?;
    let sending = thread::spawn(move || {
        let _ = writer.write_all("words\n0\n101\n".repeat(TIMES).as_bytes());
    });
    // Meanwhile the answers pile up, until the server can write no more.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        other.ask("0\n", "Too low!")?;
    }
    for time in 0..TIMES {
        for answer in [INVALID, "Too low!", "Too high!"] {
            client.expect_line(answer).with_context(|| format!("the {time}th time of {TIMES}"))?;
        }
    }
    sending.join().expect("sending does not panic");
    Ok(())
}
