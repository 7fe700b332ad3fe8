//! Rules about what the server says where nobody listens.

use anyhow::{Context, Result};

use super::{Case, Ctx, ending};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::Streams,
    verdict::ensure,
};

/// The cases of this part.
pub const CASES: &[Case] = &[Case::new(
    6,
    "no stdout and stderr, a full disk, or pipes that are broken or stuck do not disturb the game",
    nobody_listens,
)];

fn nobody_listens(ctx: &Ctx<'_>) -> Result<()> {
    for streams in [Streams::Closed, Streams::Full, Streams::Broken, Streams::Stuck] {
        play(ctx, streams).with_context(|| format!("with streams that are {streams:?}"))?;
    }
    Ok(())
}

/// Plays a game with much to say about it.
fn play(ctx: &Ctx<'_>, streams: Streams) -> Result<()> {
    let mut server = ctx.launch().streams(streams).args(&["60s"]).start()?;
    let mut other = Client::connect(server.addr())?;
    for number in 0..20 {
        let mut client = Client::connect(server.addr())?;
        client.ask("0\n", "Too low!")?;
        if number % 2 == 0 {
            client.abort()?;
        }
    }
    other.ask("0\n", "Too low!")?;
    let mut winner = Client::connect(server.addr())?;
    bisection::win(&mut winner)?;
    winner.expect_rest("")?;
    other.expect_rest(ending::SOMEONE_WON)?;
    drop((winner, other));
    let status = server.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())
}
