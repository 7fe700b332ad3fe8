//! Rules about stdout and stderr that cannot be written to.

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{
    Case, Ctx, ending, idle,
    shutdown::{self, SHUTTING_DOWN},
};
use crate::{
    client::Client,
    server::{Server, Streams},
};

pub(super) const CASES: &[Case] = &[
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
        let client = idle::player(&server)?;
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
    ending::ends_well(&mut server)
}

fn win(ctx: &Ctx<'_>, streams: Streams) -> Result<()> {
    let (mut server, other) = start(ctx, streams)?;
    shutdown::win(&mut server)?;
    end(server, other, ending::SOMEONE_WON)
}

fn terminate(ctx: &Ctx<'_>, streams: Streams) -> Result<()> {
    let (server, other) = start(ctx, streams)?;
    server.signal(Signal::TERM)?;
    end(server, other, SHUTTING_DOWN)
}
