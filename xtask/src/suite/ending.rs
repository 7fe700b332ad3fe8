//! Rules about the end of the game.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{Case, Ctx};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::Server,
    verdict::{ensure, mismatch},
};

/// The last line of those who lost.
pub const SOMEONE_WON: &str = "Game over! Someone else won.\n";

/// The last line when nobody won in time.
const TIMES_UP: &str = "Game over! Time's up.\n";

/// How many rounds the race of two right guesses is run.
const ROUNDS: usize = 15;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        1,
        "the winner is told so, everybody else that someone else won, and the server exits with 0",
        someone_wins,
    ),
    Case::new(
        1,
        "when the time is up everybody is told so, not before, and the server exits with 0",
        time_is_up,
    ),
    Case::new(
        1,
        "when the time is up, those who keep guessing are told so too",
        time_is_up_for_the_busy,
    ),
    Case::new(1, "of two right guesses at the same time exactly one wins", two_right_guesses),
    Case::new(
        1,
        "guesses that wait behind the winning one are not answered",
        nothing_after_the_last_line,
    ),
];

/// Waits until the server has ended, which it must do well.
pub fn ends_well(server: &mut Server) -> Result<()> {
    let status = server.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let stderr = server.log().stderr();
    ensure(!stderr.contains("panicked"), "no panic", "one, see the server's stderr")
}

fn someone_wins(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let mut winner = Client::connect(server.addr())?;
    let mut others = Vec::new();
    for said in ["", "0\n", "5", "0\n5"] {
        let mut other = Client::connect(server.addr())?;
        other.send(said)?;
        if said.contains('\n') {
            other.expect_line("Too low!")?;
        }
        others.push(other);
    }
    bisection::win(&mut winner)?;
    winner.expect_rest("").context("the winner, after `Correct!`")?;
    for mut other in others {
        other.expect_rest(SOMEONE_WON).context("one who lost")?;
    }
    ends_well(&mut server)?;
    let again = Client::try_connect(server.addr());
    ensure(again.is_err(), "nobody listens any more", "a connection")
}

/// Plays a game until its time is up, which must not be sooner than after `least`.
pub fn times_up(ctx: &Ctx<'_>, duration: &str, least: Duration) -> Result<()> {
    let before = Instant::now();
    let mut server = ctx.start(duration, &[])?;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(server.addr())?;
        client.ask("0\n", "Too low!")?;
        clients.push(client);
    }
    for client in &mut clients {
        client.expect_rest(TIMES_UP)?;
        let took = before.elapsed();
        let late = least + Duration::from_secs(5);
        ensure(
            took >= least && took < late,
            format!("the end after {least:?}"),
            format!("the end after {took:?}"),
        )?;
    }
    drop(clients);
    ends_well(&mut server)
}

fn time_is_up(ctx: &Ctx<'_>) -> Result<()> {
    times_up(ctx, "300ms", Duration::from_millis(300))
}

fn time_is_up_for_the_busy(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("300ms", &[])?;
    let mut client = Client::connect(server.addr())?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Sending may fail once the server has hung up; what it said before can be read all the same.
        let _ = client.send("0\n0\n0\n");
        match client.line()?.as_deref() {
            Some("Too low!") if Instant::now() < deadline => {}
            Some("Game over! Time's up.") => break,
            other => return Err(mismatch(format!("{TIMES_UP:?}"), format!("{other:?}"))),
        }
    }
    client.expect_rest("")?;
    drop(client);
    ends_well(&mut server)
}

fn two_right_guesses(ctx: &Ctx<'_>) -> Result<()> {
    let mut rounds = 0;
    while rounds < ROUNDS {
        let mut server = ctx.start("60s", &[])?;
        let mut clients = Vec::new();
        while clients.len() < 2 {
            let mut client = Client::connect(server.addr())?;
            // A target cannot be found for certain without ever saying it, but what is left fits into one segment.
            let Some(left) = bisection::narrow(&mut client, 3)? else {
                break;
            };
            clients.push((client, left.all_left()));
        }
        // One was right by luck: another game.
        if clients.len() < 2 {
            continue;
        }
        for (client, guesses) in &mut clients {
            client.send(guesses.as_bytes())?;
        }
        let mut winners = 0;
        for (client, _) in &mut clients {
            let rest = client.rest()?;
            match rest.lines().last() {
                Some("Correct!") => winners += 1,
                Some("Game over! Someone else won.") => {}
                _ => {
                    return Err(mismatch("`Correct!` or a goodbye", format!("{rest:?}")));
                }
            }
        }
        ensure(winners == 1, "one winner", format!("{winners} winners"))?;
        drop(clients);
        ends_well(&mut server)?;
        rounds += 1;
    }
    Ok(())
}

fn nothing_after_the_last_line(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    let all: String = (0..=101).map(|guess| format!("{guess}\n")).collect();
    client.send(all)?;
    let rest = client.rest()?;
    let (low, last) = rest.rsplit_once("Correct!").unwrap_or((&rest, "none"));
    let low = low.lines().all(|line| line == "Too low!");
    ensure(
        low && last == "\n",
        "`Too low!` for each smaller number, `Correct!`, and nothing after it",
        format!("{rest:?}"),
    )?;
    drop(client);
    ends_well(&mut server)
}
