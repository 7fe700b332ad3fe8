//! Faults of receiving and sending.

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::scene::{BYSTANDERS, Scene, came_to_pass};
use crate::{
    client::Client,
    suite::{Case, Ctx, SHUTTING_DOWN},
    verdict::{ensure, mismatch},
};

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(6, "recvfrom fails with EINTR: it is called again", |ctx| {
        interrupted(ctx, "recvfrom")
    }),
    Case::new(6, "sendto fails with EINTR: it is called again", |ctx| interrupted(ctx, "sendto")),
    Case::new(6, "recvfrom fails with ECONNRESET: that connection ends", |ctx| {
        breaks(ctx, "recvfrom", "ECONNRESET", "Connection reset")
    }),
    Case::new(6, "recvfrom fails with ETIMEDOUT: that connection ends", |ctx| {
        breaks(ctx, "recvfrom", "ETIMEDOUT", "timed out")
    }),
    Case::new(6, "sendto fails with EPIPE: that connection ends", |ctx| {
        breaks(ctx, "sendto", "EPIPE", "Broken pipe")
    }),
    Case::new(6, "sendto fails with ECONNRESET: that connection ends", |ctx| {
        breaks(ctx, "sendto", "ECONNRESET", "Connection reset")
    }),
    Case::new(6, "a goodbye fails with EPIPE: everybody else gets theirs", goodbye),
];

/// How many calls come before anybody else's than the bystanders'. Whoever registers a signal handler that is to send a
/// byte, sends nothing first to see how, for either signal.
fn before(call: &str) -> usize {
    match call {
        "sendto" => 2 + BYSTANDERS,
        _ => BYSTANDERS,
    }
}

fn interrupted(ctx: &Ctx<'_>, call: &str) -> Result<()> {
    // Not to the end: the signal handler sends a byte too, and real signals do not interrupt that.
    let mut scene = Scene::start(ctx, call, Some(("EINTR", "4..63+2")))?;
    for _ in 0..10 {
        scene.round()?;
    }
    let injected = scene.end()?.injected();
    came_to_pass(injected, 30)?;
    ctx.found(injected, "every second call failed", "nothing");
    Ok(())
}

fn breaks(ctx: &Ctx<'_>, call: &str, error: &str, words: &str) -> Result<()> {
    let when = format!("{0}..{0}", before(call) + 1);
    let mut scene = Scene::start(ctx, call, Some((error, &when)))?;
    let mut target = Client::connect(scene.addr())?;
    target.send("0\n")?;
    let rest = target.try_rest();
    let ended = match &rest {
        Ok(rest) => rest.is_empty(),
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    };
    ensure(ended, "the end of the target's connection, or a reset", format!("{rest:?}"))?;
    scene.round()?;
    let says = |said: &str| said.lines().any(|line| line.contains(words));
    let log = scene.log();
    log.wait_until(crate::client::PATIENCE, |said| says(&String::from_utf8_lossy(&said.stderr)));
    if !says(&log.stderr()) {
        return Err(mismatch(format!("a line on stderr with {words:?}"), log.stderr()));
    }
    let injected = scene.end()?.injected();
    came_to_pass(injected, 1)?;
    ctx.found(injected, "its player left, and stderr says why", "the target's connection");
    Ok(())
}

fn goodbye(ctx: &Ctx<'_>) -> Result<()> {
    // Behind the answers the signal handler sends a byte; the next ones are goodbyes.
    let when = format!("{0}..{0}", before("sendto") + 2);
    let mut scene = Scene::start(ctx, "sendto", Some(("EPIPE", &when)))?;
    let (server, bystanders) = scene.parts();
    server.signal(Signal::TERM)?;
    let mut lost = 0;
    for client in bystanders {
        match client.rest().context("a player at the end")?.as_str() {
            SHUTTING_DOWN => {}
            "" => lost += 1,
            other => return Err(mismatch(format!("{SHUTTING_DOWN:?}"), format!("{other:?}"))),
        }
    }
    ensure(lost == 1, "one player without a last line", format!("{lost}"))?;
    let injected = scene.leave()?.injected();
    came_to_pass(injected, 1)?;
    ctx.found(injected, "the server ended as it should", "the target's goodbye");
    Ok(())
}
