//! Rules about signals, and about clients that delay the exit.

use std::{
    os::unix::process::ExitStatusExt,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{
    Case, Ctx,
    answers::INVALID,
    ending::{self, SOMEONE_WON, TIMES_UP, ends_well, ends_within},
    idle, pressure,
};
use crate::{
    client::Client,
    server::{Held, Server},
};
use kit::verdict::ensure;

/// The last line when a signal ends the game.
pub const SHUTTING_DOWN: &str = "Game over! The server is shutting down.\n";

/// The exit status of a program that a second Ctrl-C ends.
const INTERRUPTED: i32 = 130;

/// What ends a game.
type End = fn(&mut Server) -> Result<()>;

/// How long the end may take where it has to come at once.
const AT_ONCE: Duration = Duration::from_secs(2);

pub(super) const CASES: &[Case] = &[
    Case::new(
        6,
        "a client that never reads delays the exit by five seconds at most by default",
        default_drain,
    ),
    Case::new(
        6,
        "after a signal a client that never reads delays the exit until the drain deadline, but no goodbye",
        short_drain,
    ),
    Case::new(
        6,
        "after a win a client that never reads delays the exit until the drain deadline, but no goodbye",
        won_drain,
    ),
    Case::new(
        6,
        "a client that sends on after its goodbye delays the exit until the drain deadline",
        sends_on,
    ),
    Case::new(6, "a signal while the server drains after a win ends it at once, status 0", |ctx| {
        signal_in_the_drain(ctx, "60s", true)
    }),
    Case::new(
        6,
        "a signal while the server drains after a time-out ends it at once, status 0",
        |ctx| signal_in_the_drain(ctx, "4s", false),
    ),
    Case::new(6, "with --drain 0 every client gets its goodbye before the process ends", no_drain),
    Case::new(6, "a drain that is short for a crowd cuts off no goodbye", drain_of_a_crowd),
    Case::new(6, "a second SIGINT or SIGTERM ends the process at once", second_signal),
    Case::new(6, "SIGINT and SIGTERM give every client its last line, status 0", signals),
];

/// Connects a client that sends a million lines and never reads, and waits until the server cannot write to it any more.
pub fn never_reading(server: &Server) -> Result<Client> {
    let (client, process) = (Client::connect(server.addr())?.buffer(4096)?, server.process()?);
    let sending = pressure::flood(&client, &[b'\n'; 1000], 1000)?;
    let sent = sending.join().map_or(0, |times| times as u64 * 1000);
    // The server may also rest because a part of the flood is under way, which was seen to take seconds. If it cannot
    // write, it has read more lines than the kernel holds answers.
    let is_stuck = |held: Held| {
        let read = sent.saturating_sub(held.under_way + held.unread);
        read * (INVALID.len() as u64 + 1) > held.unread_answers
    };
    let began = Instant::now();
    loop {
        pressure::settle(&process)?;
        if is_stuck(process.held(client.addr()?)?) || began.elapsed() > Duration::from_secs(2) {
            return Ok(client);
        }
    }
}

/// Lets `end` end the game while one client never reads. The other clients have to get their goodbye at once, and the
/// server has to exit at the drain deadline.
fn drains(server: &mut Server, drain: Duration, goodbye: &str, end: End) -> Result<()> {
    let mut clients = idle::connect(server, 3)?;
    let _stubborn = never_reading(server)?;
    let began = Instant::now();
    end(server)?;
    for client in &mut clients {
        client.expect_rest(goodbye)?;
    }
    let took = began.elapsed();
    ensure(
        took < Duration::from_millis(800),
        "the goodbye of the other clients at once",
        format!("it took {took:?}"),
    )?;
    drop(clients);
    ends_within(drain + Duration::from_secs(2), server)
        .context("with a client that never reads")?;
    let took = began.elapsed();
    ensure(
        took >= drain,
        format!("the server waits {drain:?} for a client that never reads"),
        format!("it exits after {took:?}"),
    )
}

/// Sends the server SIGTERM.
fn terminate(server: &mut Server) -> Result<()> {
    server.signal(Signal::TERM)
}

/// Lets a client win, and waits for its end of the file.
pub fn win(server: &mut Server) -> Result<()> {
    let mut winner = Client::connect(server.addr())?;
    ending::win(&mut winner)
}

fn default_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    drains(&mut server, Duration::from_secs(5), SHUTTING_DOWN, terminate)
}

fn short_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "1s"])?;
    drains(&mut server, Duration::from_secs(1), SHUTTING_DOWN, terminate)
}

fn won_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "500ms"])?;
    drains(&mut server, Duration::from_millis(500), SOMEONE_WON, win)
}

fn sends_on(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "1s"])?;
    let mut clients = idle::connect(&server, 3)?;
    let talking = idle::player(&server)?;
    let sending = pressure::flood(&talking, b"0\n", usize::MAX)?;
    // It reads too, so that only its sending delays the exit.
    let mut reader = talking.writer()?;
    let reading = thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    let began = Instant::now();
    server.signal(Signal::TERM)?;
    for client in &mut clients {
        client.expect_rest(SHUTTING_DOWN)?;
    }
    drop(clients);
    ends_within(Duration::from_secs(3), &mut server)?;
    let took = began.elapsed();
    ensure(
        took >= Duration::from_millis(900),
        "the server lingers for the client that sends on, until the drain deadline",
        format!("it exits after {took:?}"),
    )?;
    talking.shut_down();
    let _ = (sending.join(), reading.join());
    Ok(())
}

/// Ends a game by a win or by its time-out, and sends a signal while the server drains.
fn signal_in_the_drain(ctx: &Ctx<'_>, duration: &str, by_a_win: bool) -> Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = ctx.start(duration, &["--drain", "60s"])?;
        let mut quiet = idle::player(&server)?;
        // Because of this client the end would take a minute.
        let _stubborn = never_reading(&server)?;
        if by_a_win {
            win(&mut server)?;
        }
        quiet.expect_rest(if by_a_win { SOMEONE_WON } else { TIMES_UP })?;
        drop(quiet);
        server.signal(signal)?;
        ends_within(AT_ONCE, &mut server)
            .with_context(|| format!("after {signal:?} while the server drains"))?;
    }
    Ok(())
}

/// Ends games with a drain deadline of zero in every way, beside a client that never reads and without one.
fn no_drain(ctx: &Ctx<'_>) -> Result<()> {
    let ends: [(&str, &str, &str, End); 3] = [
        ("a time-out", "4s", TIMES_UP, |_| Ok(())),
        ("SIGTERM", "60s", SHUTTING_DOWN, terminate),
        ("a win", "60s", SOMEONE_WON, win),
    ];
    for (what, duration, goodbye, end) in ends {
        for (drain, beside) in [("0", false), ("0ms", true)] {
            // The time-out needs no time to prepare anything where no client is stubborn.
            let duration = if beside || duration == "60s" { duration } else { "500ms" };
            let mut server = ctx.start(duration, &["--drain", drain])?;
            let mut clients = idle::connect(&server, 5)?;
            let _stubborn = beside.then(|| never_reading(&server)).transpose()?;
            end(&mut server).context(what)?;
            for client in &mut clients {
                client.expect_rest(goodbye).with_context(|| {
                    let beside = if beside { ", beside a client that never reads" } else { "" };
                    format!("after {what} with --drain {drain}{beside}")
                })?;
            }
            ends_within(AT_ONCE, &mut server)?;
        }
    }
    Ok(())
}

fn drain_of_a_crowd(ctx: &Ctx<'_>) -> Result<()> {
    const CLIENTS: usize = 500;
    for drain in ["0", "1ms"] {
        let mut server = ctx.start("60s", &["--drain", drain])?;
        let mut clients = idle::connect(&server, CLIENTS)?;
        server.signal(Signal::TERM)?;
        let mut lost = 0;
        for client in &mut clients {
            lost += usize::from(client.rest_or_reset()? != (SHUTTING_DOWN.to_owned(), false));
        }
        ensure(
            lost == 0,
            format!("the goodbye for {CLIENTS} clients with --drain {drain}"),
            format!("{lost} clients without their goodbye"),
        )?;
        ends_well(&mut server)?;
    }
    Ok(())
}

fn second_signal(ctx: &Ctx<'_>) -> Result<()> {
    for (first, second) in [
        (Signal::INT, Signal::INT),
        (Signal::TERM, Signal::TERM),
        (Signal::INT, Signal::TERM),
        (Signal::TERM, Signal::INT),
    ] {
        let mut server = ctx.start("60s", &["--drain", "60s"])?;
        let mut quiet = idle::player(&server)?;
        // Because of this client the end would take a minute.
        let _stubborn = never_reading(&server)?;
        server.signal(first)?;
        quiet.expect_rest(SHUTTING_DOWN)?;
        server.signal(second)?;
        let status =
            server.wait_exit(AT_ONCE).with_context(|| format!("after {first:?} and {second:?}"))?;
        ensure(
            status.code() == Some(INTERRUPTED) || status.signal() == Some(second.as_raw()),
            format!("status {INTERRUPTED}, or an end by {second:?}"),
            status.to_string(),
        )?;
    }
    Ok(())
}

fn signals(ctx: &Ctx<'_>) -> Result<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = ctx.start("60s", &[])?;
        let mut clients = idle::connect(&server, 5)?;
        clients.push(Client::connect(server.addr())?);
        // One client is in the middle of a line.
        clients[0].send("10")?;
        clients[0].expect_silence(Duration::from_millis(20))?;
        server.signal(signal)?;
        for client in &mut clients {
            client.expect_rest(SHUTTING_DOWN).with_context(|| format!("after {signal:?}"))?;
        }
        drop(clients);
        ends_well(&mut server)?;
        let again = Client::try_connect(server.addr());
        ensure(again.is_err(), "no server listens any more", "a connection")?;
    }
    // Without clients the server ends at once.
    let mut server = ctx.start("60s", &[])?;
    let began = Instant::now();
    server.signal(Signal::TERM)?;
    ends_well(&mut server)?;
    ensure(
        began.elapsed() < AT_ONCE,
        "a server without clients ends at once",
        format!("after {:?}", began.elapsed()),
    )
}
