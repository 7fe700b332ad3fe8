//! Faults of recvfrom and sendto.

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::scene::{Scene, calls_before, occurred};
use kit::verdict::{ensure, mismatch};
use suite::{Case, Ctx, SHUTTING_DOWN, client::Client};

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
    Case::new(6, "a goodbye fails with EPIPE: every other client gets its own", goodbye),
];

fn interrupted(ctx: &Ctx<'_>, call: &str) -> Result<()> {
    // The faults stop before the signal, because its handler sends a byte too, and a real signal cannot interrupt
    // that.
    let mut scene = Scene::start(ctx, call, Some(("EINTR", "4..63+2")))?;
    for _ in 0..10 {
        scene.round()?;
    }
    let injected = scene.end()?.injected();
    occurred(injected, 30)?;
    ctx.found(injected, "every second call failed", "nothing");
    Ok(())
}

fn breaks(ctx: &Ctx<'_>, call: &str, error: &str, words: &str) -> Result<()> {
    let when = format!("{0}..{0}", calls_before(ctx, call)? + 1);
    let mut scene = Scene::start(ctx, call, Some((error, &when)))?;
    let mut target = Client::connect(scene.addr())?;
    target.send("0\n")?;
    let rest = target.try_rest();
    let ended = match &rest {
        Ok(rest) => rest.is_empty(),
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    };
    ensure(ended, "the end of that client's connection, or a reset", format!("{rest:?}"))?;
    scene.round()?;
    let says = |said: &str| said.lines().any(|line| line.contains(words));
    let log = scene.log();
    log.wait_until(suite::client::PATIENCE, |said| says(&String::from_utf8_lossy(&said.stderr)));
    if !says(&log.stderr()) {
        return Err(mismatch(format!("a line on stderr with {words:?}"), log.stderr()));
    }
    let injected = scene.end()?.injected();
    occurred(injected, 1)?;
    ctx.found(injected, "its player left, and stderr names the error", "that client's connection");
    Ok(())
}

fn goodbye(ctx: &Ctx<'_>) -> Result<()> {
    // After the answers the signal handler sends a byte; then come the goodbyes.
    let when = format!("{0}..{0}", calls_before(ctx, "sendto")? + 2);
    let mut scene = Scene::start(ctx, "sendto", Some(("EPIPE", &when)))?;
    let (server, bystanders) = scene.parts();
    server.signal(Signal::TERM)?;
    let mut lost = 0;
    for client in bystanders {
        match client.rest().context("a client at the end")?.as_str() {
            SHUTTING_DOWN => {}
            "" => lost += 1,
            other => return Err(mismatch(format!("{SHUTTING_DOWN:?}"), format!("{other:?}"))),
        }
    }
    ensure(lost == 1, "one client without a last line", format!("{lost}"))?;
    let injected = scene.leave()?.injected();
    occurred(injected, 1)?;
    ctx.found(injected, "the server ended as it should", "that client's goodbye");
    Ok(())
}
