//! Faults of the poller.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::scene::{Scene, calls_before, occurred, round};
use kit::verdict::ensure;
use suite::{
    Case, Ctx,
    client::{Client, PATIENCE},
    strace::{Calls, Trace},
    warnings,
};

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        6,
        "epoll_ctl fails with ENOMEM: that client is cut off, the next one gets in",
        |ctx| cannot_register(ctx, "ENOMEM"),
    ),
    Case::new(
        6,
        "epoll_ctl fails with ENOSPC: that client is cut off, the next one gets in",
        |ctx| cannot_register(ctx, "ENOSPC"),
    ),
    Case::new(6, "epoll_wait fails with EINTR: it is called again", wait_interrupted),
    Case::new(6, "epoll_wait fails with EINVAL: the server reports it and ends", wait_fails),
    Case::new(6, "SIGSTOP and SIGCONT interrupt epoll_wait: no client notices", stopped),
];

/// The system call by which the poller waits, as each architecture names it.
const WAIT: &str = "?epoll_wait,?epoll_pwait";

/// How many clients cannot be registered.
const CUT_OFF: usize = 10;

/// How many stops have to interrupt a wait.
const INTERRUPTED: usize = 20;

/// The exit status of a program that panicked.
const PANICKED: i32 = 101;

fn cannot_register(ctx: &Ctx<'_>, error: &str) -> Result<()> {
    let first = calls_before(ctx, "epoll_ctl")? + 1;
    let when = format!("{first}..{}", first + CUT_OFF - 1);
    let mut scene = Scene::start(ctx, "epoll_ctl", Some((error, &when)))?;
    let began = Instant::now();
    for _ in 0..CUT_OFF {
        let mut client = Client::connect(scene.addr())?;
        client.expect_rest("").context("a client that could not be registered")?;
    }
    let mut newcomer = Client::connect(scene.addr())?;
    newcomer.ask("0\n", "Too low!").context("the newcomer")?;
    let took = began.elapsed();
    scene.join(newcomer);
    // With a pause for each failure it would take a second.
    let bound = Duration::from_millis(700);
    ensure(took < bound, "the newcomer gets in without a pause", format!("after {took:?}"))?;
    let warned = warnings(scene.log());
    ensure(warned == 0, "no warning on stderr", format!("{warned} warnings"))?;
    let injected = scene.end()?.injected();
    occurred(injected, CUT_OFF)?;
    let happened = format!("a newcomer behind them got in after {took:.0?}");
    ctx.found(injected, happened, format!("those {CUT_OFF} connections"));
    Ok(())
}

fn wait_interrupted(ctx: &Ctx<'_>) -> Result<()> {
    let mut scene = Scene::start(ctx, WAIT, Some(("EINTR", "2+2")))?;
    for _ in 0..20 {
        scene.round()?;
    }
    let injected = scene.end()?.injected();
    occurred(injected, 20)?;
    ctx.found(injected, "every second wait failed", "nothing");
    Ok(())
}

fn wait_fails(ctx: &Ctx<'_>) -> Result<()> {
    let (trace, under) = Trace::new(WAIT, Some(("EINVAL", "1+")))?;
    // A server that tried again for ever would end with status 0 after a second.
    let mut server = ctx.launch().under(under).args(&["1s"]).spawn()?;
    let status = server.wait_exit(PATIENCE)?;
    let stderr = server.log().stderr();
    let words = "cannot wait for events";
    ensure(
        status.code() == Some(PANICKED) && stderr.contains(words),
        format!("status {PANICKED}, and {words:?} on stderr"),
        format!("{status}, stderr {stderr:?}"),
    )?;
    let injected = trace.calls()?.injected();
    occurred(injected, 1)?;
    ctx.found(injected, "a panic that names the error", "the game");
    Ok(())
}

fn stopped(ctx: &Ctx<'_>) -> Result<()> {
    let mut scene = Scene::start(ctx, WAIT, None)?;
    let mut stops = 0;
    let deadline = Instant::now() + PATIENCE;
    // Only stops while the server waits count, and on a busy machine that is a matter of chance.
    while interrupted(&scene.calls()?) < INTERRUPTED && Instant::now() < deadline {
        let (server, bystanders) = scene.parts();
        thread::scope(|scope| {
            let playing = scope.spawn(|| round(bystanders));
            while !playing.is_finished() {
                server.signal(Signal::STOP)?;
                thread::sleep(Duration::from_millis(1));
                server.signal(Signal::CONT)?;
                thread::sleep(Duration::from_millis(4));
                stops += 1;
            }
            playing.join().expect("the players do not panic")
        })?;
    }
    let interrupted = interrupted(&scene.end()?);
    occurred(interrupted, INTERRUPTED)?;
    let happened = format!("they played on while it was stopped {stops} times");
    ctx.found(interrupted, happened, "nothing");
    Ok(())
}

/// How many waits were interrupted.
fn interrupted(calls: &Calls) -> usize {
    calls.count(|call| call.contains("= -1 EINTR"))
}
