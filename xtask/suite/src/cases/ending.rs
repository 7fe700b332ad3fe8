//! Rules about the end of the game.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Case, Ctx, idle, pressure, shutdown::SHUTTING_DOWN};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::Server,
};
use kit::verdict::{ensure, mismatch};

/// The last line of the clients that lost.
pub const SOMEONE_WON: &str = "Game over! Someone else won.\n";

/// The last line when the time is up.
pub const TIMES_UP: &str = "Game over! Time's up.\n";

/// The first step that closes its sending side and lingers. Before that step a client that sends while the game ends may
/// lose its last line to a reset.
const LINGERS: u8 = 6;

/// How many games the race of two right guesses takes.
const ROUNDS: usize = 15;

pub(super) const CASES: &[Case] = &[
    Case::new(1, "a win gives every client its last line, and the exit status is 0", someone_wins),
    Case::new(1, "a time-out gives every client its last line, and the exit status is 0", time_out),
    Case::new(1, "clients that keep guessing do not delay a time-out", busy_time_out),
    Case::new(1, "of two right guesses at the same time exactly one wins", two_right_guesses),
    Case::new(
        1,
        "guesses that wait behind the winning guess get no answer",
        nothing_after_the_last_line,
    ),
    Case::new(
        LINGERS,
        "a client that guesses on when the time is up gets its goodbye all the same",
        goodbye_while_guessing,
    ),
    Case::new(
        LINGERS,
        "a client with a million lines in flight when another client wins gets its goodbye all the same",
        goodbye_behind_a_burst,
    ),
    Case::new(
        LINGERS,
        "a client that floods when a signal comes gets its goodbye all the same",
        goodbye_in_a_flood,
    ),
];

/// Lets a client win. Nothing follows its `Correct!`.
pub fn win(client: &mut Client) -> Result<()> {
    bisection::win(client)?;
    client.expect_rest("").context("the winner, after `Correct!`")
}

/// Waits for the end of the server, which must exit with status 0 and without a panic.
pub fn ends_well(server: &mut Server) -> Result<()> {
    ends_within(PATIENCE, server)
}

/// Waits for that end for at most `deadline`.
pub fn ends_within(deadline: Duration, server: &mut Server) -> Result<()> {
    let status = server.wait_exit(deadline)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let stderr = server.log().stderr();
    ensure(!stderr.contains("panicked"), "no panic", "a panic, see the server's stderr")
}

/// Waits for the end of a connection on which the client may have sent something that the server has not read. From
/// [`LINGERS`] on the end must be the end of the file; before that step it may be a reset. Returns everything that came
/// before it, and whether it was a reset.
fn rest(ctx: &Ctx<'_>, client: &mut Client) -> Result<(String, bool)> {
    match ctx.level() {
        LINGERS.. => client.rest().map(|rest| (rest, false)),
        _ => client.rest_or_reset(),
    }
}

/// Checks that the connection ends with this last line and the end of the file, whatever comes before.
fn expect_goodbye(client: &mut Client, goodbye: &str) -> Result<()> {
    let (rest, reset) = client.rest_or_reset()?;
    let last = rest.lines().last().unwrap_or_default();
    let end = if reset { "a reset" } else { "the end of the file" };
    ensure(
        !reset && rest.ends_with(goodbye),
        format!("{goodbye:?} and the end of the file"),
        format!("{last:?} as the last line, and {end}"),
    )
}

fn someone_wins(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let mut winner = Client::connect(server.addr())?;
    let mut others = Vec::new();
    for sent in ["", "0\n", "5", "0\n5"] {
        let mut other = Client::connect(server.addr())?;
        other.send(sent)?;
        if sent.contains('\n') {
            other.expect_line("Too low!")?;
        }
        others.push(other);
    }
    // By the time of this answer the server has read the pieces of lines, too.
    winner.ask("0\n", "Too low!")?;
    win(&mut winner)?;
    for mut other in others {
        other.expect_rest(SOMEONE_WON).context("a client that lost")?;
    }
    ends_well(&mut server)?;
    let again = Client::try_connect(server.addr());
    ensure(again.is_err(), "no server listens any more", "a connection")
}

/// Plays a game until its time is up, which must not happen before `least`.
pub fn times_up(ctx: &Ctx<'_>, duration: &str, least: Duration) -> Result<()> {
    let before = Instant::now();
    let mut server = ctx.start(duration, &[])?;
    let mut clients = idle::connect(&server, 3)?;
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

fn time_out(ctx: &Ctx<'_>) -> Result<()> {
    times_up(ctx, "300ms", Duration::from_millis(300))
}

/// Sends these guesses and waits for an answer, again and again, until the connection ends. Returns the last line; `None`
/// if the connection ended without one.
fn guess_on(client: &mut Client, guesses: &str) -> Result<Option<String>> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        // Once the server has closed the connection this may fail. What came before can still be read.
        let _ = client.send(guesses);
        match client.try_line()? {
            Ok(Some(line)) if line == "Too low!" => {}
            Ok(line) => return Ok(line),
            // The case decides whether the goodbye may be lost.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(mismatch("an answer, or the end", error.to_string())),
        }
    }
    Err(mismatch("the end of the game", format!("answers for {PATIENCE:?}")))
}

fn busy_time_out(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("300ms", &[])?;
    let mut clients = idle::connect(&server, 2)?;
    let mut quiet = clients.pop().context("there are two clients")?;
    match guess_on(&mut clients[0], "0\n")?.as_deref() {
        None | Some("Game over! Time's up.") => {}
        other => return Err(mismatch(format!("{TIMES_UP:?}, or a reset"), format!("{other:?}"))),
    }
    quiet.expect_rest(TIMES_UP).context("a client that is silent")?;
    drop((clients, quiet));
    ends_well(&mut server)
}

fn goodbye_while_guessing(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("300ms", &[])?;
    let mut client = Client::connect(server.addr())?;
    // It sends faster than it reads, so some of its guesses are unread when the game ends.
    let line = guess_on(&mut client, "0\n0\n0\n")?;
    let goodbye = Some(TIMES_UP.trim_end());
    ensure(line.as_deref() == goodbye, format!("{goodbye:?}"), format!("{line:?}"))?;
    client.expect_rest("")?;
    drop(client);
    ends_well(&mut server)
}

fn goodbye_behind_a_burst(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    let mut winner = idle::player(&server)?;
    let mut client = Client::connect(server.addr())?;
    // Most of the answers fit into no buffer: the server stops reading, and what the client sent remains unread.
    let sending = pressure::flood(&client, &[b'\n'; 1000], 1000)?;
    pressure::settle(&server.process()?)?;
    winner.ask("0\n", "Too low!")?;
    win(&mut winner)?;
    expect_goodbye(&mut client, SOMEONE_WON)?;
    client.shut_down();
    let _ = sending.join();
    drop((winner, client));
    ends_well(&mut server)
}

fn goodbye_in_a_flood(ctx: &Ctx<'_>) -> Result<()> {
    let (mut server, mut client) = ctx.game()?;
    let sending = pressure::flood(&client, &[b'\n'; 1000], usize::MAX)?;
    client.expect_line(super::INVALID)?;
    server.signal(Signal::TERM)?;
    expect_goodbye(&mut client, SHUTTING_DOWN)?;
    client.shut_down();
    let _ = sending.join();
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
            // No client can be sure of its target without guessing it, but the last three numbers fit into a segment.
            let Some(left) = bisection::narrow(&mut client, 3)? else {
                break;
            };
            clients.push((client, left.all_left()));
        }
        // A client guessed right on the way: play another game.
        if clients.len() < 2 {
            continue;
        }
        for (client, guesses) in &mut clients {
            // Sending may fail if the first client has won already.
            let _ = client.send(guesses.as_bytes());
        }
        let mut winners = 0;
        for (client, _) in &mut clients {
            let (rest, reset) = rest(ctx, client)?;
            match rest.lines().last() {
                Some("Correct!") => winners += 1,
                Some("Game over! Someone else won.") => {}
                _ if reset => {}
                _ => return Err(mismatch("`Correct!` or a goodbye", format!("{rest:?}"))),
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
    let (mut server, mut client) = ctx.game()?;
    // They arrive in one segment, which one read takes.
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
