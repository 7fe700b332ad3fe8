//! Faults of stdout and stderr.

use anyhow::Result;

use super::scene::{Scene, occurred};
use suite::{Case, Ctx, client::Client, server::Streams};

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(6, "stdout and stderr are closed from the start", |ctx| {
        let times = play(ctx, Streams::Closed, |call| call.contains("POLLNVAL"))?;
        ctx.found(times, "the server opened another file in their place", "all log lines");
        Ok(())
    }),
    Case::new(6, "stdout and stderr are on a full disk", |ctx| {
        let times = play(ctx, Streams::Full, |call| call.contains("= -1 ENOSPC"))?;
        ctx.found(times, "every line failed with ENOSPC", "all log lines");
        Ok(())
    }),
    Case::new(6, "stdout and stderr are broken pipes", |ctx| {
        let times = play(ctx, Streams::Broken, |call| call.contains("= -1 EPIPE"))?;
        ctx.found(times, "every line failed with EPIPE", "all log lines");
        Ok(())
    }),
    Case::new(6, "stderr is a full pipe that is never read", |ctx| {
        // The server may ask for room first, or try to write.
        let stuck = |call: &str| {
            (call.contains("fd=2") && call.ends_with("= 0 (Timeout)"))
                || (call.contains("write(") && call.contains("= -1 EAGAIN"))
        };
        let times = play(ctx, Streams::StuckStderr, stuck)?;
        ctx.found(times, "there was no room for a line", "all log lines");
        Ok(())
    }),
];

/// Causes many log lines, and counts the calls that failed to write one.
fn play(ctx: &Ctx<'_>, streams: Streams, failed: fn(&str) -> bool) -> Result<usize> {
    let mut scene = Scene::with(ctx, streams, "?poll,?ppoll,write", None)?;
    for number in 0..10 {
        let mut client = Client::connect(scene.addr())?;
        client.ask("0\n", "Too low!")?;
        if number % 2 == 0 {
            client.abort()?;
        }
        scene.round()?;
    }
    let times = scene.end()?.count(failed);
    // A server may give up on a stream after its first error.
    occurred(times, 1)?;
    Ok(times)
}
