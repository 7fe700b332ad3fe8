//! Rules about stdout and stderr that cannot be written to.

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Case, Ctx, ending, shutdown::SHUTTING_DOWN};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::{Server, Streams},
};
use kit::verdict::ensure;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        6,
        "stdout and stderr that are closed or on a full disk do not disturb the game",
        |ctx| play_each(ctx, &[Streams::Closed, Streams::Full, Streams::Broken]),
    ),
    Case::new(6, "a full pipe as stderr does not disturb the game, and a signal ends it", |ctx| {
        play_each(ctx, &[Streams::StuckStderr])
    }),
    Case::new(6, "a full pipe as stdout does not disturb the game, and a signal ends it", |ctx| {
        play_each(ctx, &[Streams::StuckStdout])
    }),
];

/// Plays two games with each kind of streams: a client wins the first one, a signal ends the second one.
fn play_each(ctx: &Ctx<'_>, kinds: &[Streams]) -> Result<()> {
    for &streams in kinds {
        win(ctx, streams)
            .and_then(|()| terminate(ctx, streams))
            .with_context(|| format!("with streams that are {streams:?}"))?;
    }
    Ok(())
}

/// Starts a server and causes many log lines. Returns a client that plays on.
fn start(ctx: &Ctx<'_>, streams: Streams) -> Result<(Server, Client)> {
    let server = ctx.launch().streams(streams).args(&["60s"]).start()?;
    let mut other = Client::connect(server.addr())?;
    for number in 0..20 {
        let mut client = Client::connect(server.addr())?;
        client.ask("0\n", "Too low!")?;
        if number % 2 == 0 {
            client.abort()?;
        }
    }
    other.ask("0\n", "Too low!")?;
    Ok((server, other))
}

/// Waits for the end of a client that gets this last line, and of the server.
fn end(mut server: Server, mut other: Client, goodbye: &str) -> Result<()> {
    other.expect_rest(goodbye)?;
    drop(other);
    let status = server.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())
}

fn win(ctx: &Ctx<'_>, streams: Streams) -> Result<()> {
    let (server, other) = start(ctx, streams)?;
    let mut winner = Client::connect(server.addr())?;
    bisection::win(&mut winner)?;
    winner.expect_rest("")?;
    drop(winner);
    end(server, other, ending::SOMEONE_WON)
}

fn terminate(ctx: &Ctx<'_>, streams: Streams) -> Result<()> {
    let (server, other) = start(ctx, streams)?;
    server.signal(Signal::TERM)?;
    end(server, other, SHUTTING_DOWN)
}
