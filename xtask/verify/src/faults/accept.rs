//! Faults of accept.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::scene::{Scene, calls_before, occurred};
use kit::verdict::ensure;
use suite::{
    Case, Ctx,
    client::{Client, PATIENCE},
    warnings,
};

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(6, "accept4 fails with EMFILE: one warning, and newcomers wait", |ctx| {
        no_room(ctx, "EMFILE")
    }),
    Case::new(6, "accept4 fails with ENFILE: one warning, and newcomers wait", |ctx| {
        no_room(ctx, "ENFILE")
    }),
    Case::new(6, "accept4 fails with ENOMEM: one warning, and newcomers wait", |ctx| {
        no_room(ctx, "ENOMEM")
    }),
    Case::new(6, "accept4 fails with ENOBUFS: one warning, and newcomers wait", |ctx| {
        no_room(ctx, "ENOBUFS")
    }),
    Case::new(6, "accept4 fails with ECONNABORTED: the next client is accepted at once", |ctx| {
        passes(ctx, "ECONNABORTED")
    }),
    Case::new(6, "accept4 fails with EINTR: it is called again at once", |ctx| {
        passes(ctx, "EINTR")
    }),
];

/// How long the server pauses when it cannot accept.
const PAUSE: Duration = Duration::from_millis(100);

/// How often accept fails where each failure costs a pause.
const PAUSES: u32 = 5;

/// How often accept fails where a failure must not cost a pause.
const TIMES: usize = 10;

/// Connects a newcomer while accept fails `times` times. Returns how long the newcomer waits for its first answer.
fn newcomer(ctx: &Ctx<'_>, error: &str, times: usize) -> Result<(Scene, Duration)> {
    let first = calls_before(ctx, "accept4")? + 1;
    let when = format!("{first}..{}", first + times - 1);
    let mut scene = Scene::start(ctx, "accept4", Some((error, &when)))?;
    let began = Instant::now();
    let mut client = Client::connect(scene.addr())?;
    client.send("0\n")?;
    scene.round()?;
    client.expect_line("Too low!").context("the newcomer")?;
    let took = began.elapsed();
    scene.join(client);
    Ok((scene, took))
}

fn no_room(ctx: &Ctx<'_>, error: &str) -> Result<()> {
    let (scene, took) = newcomer(ctx, error, PAUSES as usize)?;
    let bounds = PAUSE * (PAUSES - 1)..PATIENCE / 2;
    let expected = format!("the newcomer waits for {PAUSES} pauses of {PAUSE:?}");
    ensure(bounds.contains(&took), expected, format!("for {took:?}"))?;
    let warned = warnings(scene.log());
    ensure(warned == 1, "one warning on stderr", format!("{warned} warnings"))?;
    let injected = scene.end()?.injected();
    occurred(injected, PAUSES as usize)?;
    ctx.found(injected, format!("one warning; a newcomer got in after {took:.0?}"), "nothing");
    Ok(())
}

fn passes(ctx: &Ctx<'_>, error: &str) -> Result<()> {
    let (scene, took) = newcomer(ctx, error, TIMES)?;
    // With a pause for each failure it would take a second.
    let bound = PAUSE * TIMES as u32 * 7 / 10;
    ensure(took < bound, "the newcomer is answered at once", format!("after {took:?}"))?;
    let warned = warnings(scene.log());
    ensure(warned == 0, "no warning on stderr", format!("{warned} warnings"))?;
    let injected = scene.end()?.injected();
    occurred(injected, TIMES)?;
    ctx.found(injected, format!("a newcomer got in after {took:.0?}"), "nothing");
    Ok(())
}
