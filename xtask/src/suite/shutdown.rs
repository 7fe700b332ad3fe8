//! Rules about being told to stop.

use std::{
    os::unix::process::ExitStatusExt,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Case, Ctx, ending::ends_well, idle, pressure};
use crate::{
    client::{Client, PATIENCE},
    server::Server,
    verdict::ensure,
};

/// The last line when the server is told to stop.
pub const SHUTTING_DOWN: &str = "Game over! The server is shutting down.\n";

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        6,
        "a client that never reads delays the exit by five seconds at most, unless told otherwise",
        default_drain,
    ),
    Case::new(
        6,
        "a client that never reads delays the exit until the drain deadline, and nobody's goodbye",
        short_drain,
    ),
    Case::new(
        6,
        "a winner's game ends within the drain deadline too, whoever never reads",
        won_drain,
    ),
    Case::new(
        6,
        "a client that goes on talking after its goodbye delays the exit until the drain deadline",
        talks_on,
    ),
    Case::new(6, "a second SIGINT or SIGTERM ends the process at once", second_signal),
    Case::new(6, "SIGINT and SIGTERM say goodbye to everybody, status 0", signals),
];

/// Connects a client that never reads, and waits until the server can write no more to it.
pub fn never_reading(server: &Server) -> Result<Client> {
    let client = Client::connect(server.addr())?.buffer(4096)?;
    let sending = pressure::flood(&client, &[b'\n'; 1000], 1000)?;
    let _ = sending.join();
    pressure::settle(&server.process()?)?;
    Ok(client)
}

/// Lets the game end by `end` while one client never reads: everybody else hears of it at once, and the server exits
/// before long.
fn drains(
    server: &mut Server,
    drain: Duration,
    goodbye: &str,
    end: fn(&mut Server) -> Result<()>,
) -> Result<()> {
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
        "the others' goodbye at once",
        format!("it took {took:?}"),
    )?;
    drop(clients);
    let status = server
        .wait_exit(drain + Duration::from_secs(2))
        .context("with a client that never reads")?;
    let took = began.elapsed();
    ensure(
        took >= drain,
        format!("the server waits {drain:?} for a client that never reads"),
        format!("it exits after {took:?}"),
    )?;
    ensure(status.success(), "exit status 0", status.to_string())
}

/// Tells the server to stop.
fn terminate(server: &mut Server) -> Result<()> {
    server.signal(Signal::TERM)
}

fn default_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let five = Duration::from_secs(5);
    drains(&mut server, five, SHUTTING_DOWN, terminate)
}

fn short_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "1s"])?;
    let one = Duration::from_secs(1);
    drains(&mut server, one, SHUTTING_DOWN, terminate)
}

fn won_drain(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "500ms"])?;
    let half = Duration::from_millis(500);
    drains(&mut server, half, super::ending::SOMEONE_WON, |server| {
        crate::bisection::win(&mut Client::connect(server.addr())?)?;
        Ok(())
    })
}

fn talks_on(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &["--drain", "1s"])?;
    let mut clients = idle::connect(&server, 3)?;
    let mut talking = Client::connect(server.addr())?;
    talking.ask("0\n", "Too low!")?;
    let sending = pressure::flood(&talking, b"0\n", usize::MAX)?;
    // It reads too, so that nothing but the talking is in the way.
    let mut reader = talking.writer()?;
    let reading = thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    let began = Instant::now();
    server.signal(Signal::TERM)?;
    for client in &mut clients {
        client.expect_rest(SHUTTING_DOWN)?;
    }
    drop(clients);
    let status = server.wait_exit(Duration::from_secs(3))?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let took = began.elapsed();
    ensure(
        took >= Duration::from_millis(900),
        "the talking one is listened to until the deadline",
        format!("the exit after {took:?}"),
    )?;
    talking.shut_down();
    let _ = (sending.join(), reading.join());
    Ok(())
}

fn second_signal(ctx: &Ctx<'_>) -> Result<()> {
    for (first, second) in
        [(Signal::INT, Signal::INT), (Signal::TERM, Signal::TERM), (Signal::INT, Signal::TERM)]
    {
        let mut server = ctx.start("60s", &["--drain", "60s"])?;
        let mut quiet = idle::connect(&server, 1)?;
        // With this one the end would take a minute.
        let _stubborn = never_reading(&server)?;
        server.signal(first)?;
        quiet[0].expect_rest(SHUTTING_DOWN)?;
        server.signal(second)?;
        let status = server
            .wait_exit(Duration::from_secs(2))
            .with_context(|| format!("after {first:?} and {second:?}"))?;
        ensure(
            status.signal() == Some(second.as_raw()),
            format!("an end by {second:?}"),
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
        // One is in the middle of a line.
        clients[0].send("10")?;
        clients[0].expect_silence(Duration::from_millis(20))?;
        server.signal(signal)?;
        for client in &mut clients {
            client.expect_rest(SHUTTING_DOWN).with_context(|| format!("after {signal:?}"))?;
        }
        drop(clients);
        ends_well(&mut server)?;
        let again = Client::try_connect(server.addr());
        ensure(again.is_err(), "nobody listens any more", "a connection")?;
    }
    // With nobody there it ends at once.
    let mut server = ctx.start("60s", &[])?;
    let began = Instant::now();
    server.signal(Signal::TERM)?;
    ends_well(&mut server)?;
    ensure(
        began.elapsed() < PATIENCE / 5,
        "an empty server ends at once",
        format!("after {:?}", began.elapsed()),
    )
}
