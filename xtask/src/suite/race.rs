//! Rules about clients that connect just as the game ends.

use std::{
    io::{self, ErrorKind},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use rustix::process::Signal;

use super::{Case, Ctx, ending::ends_well, shutdown::SHUTTING_DOWN};
use crate::{
    client::{Client, PATIENCE},
    verdict::mismatch,
};

/// How often a game is ended with clients at the door.
const ROUNDS: usize = 15;

/// How many of the last clients to come are watched, at most.
const LAST: usize = 50;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        1,
        "a client that connects just as the game ends gets a goodbye or an end, and never hangs",
        |ctx| connect_at_the_end(ctx, "30ms", "Game over! Time's up.\n", None),
    ),
    Case::new(
        6,
        "a client that connects just as a signal comes gets a goodbye or an end, and never hangs",
        |ctx| connect_at_the_end(ctx, "60s", SHUTTING_DOWN, Some(Signal::TERM)),
    ),
];

/// Lets clients knock while a game of that duration ends, or is ended by a signal.
fn connect_at_the_end(
    ctx: &Ctx<'_>,
    duration: &str,
    goodbye: &str,
    end: Option<Signal>,
) -> Result<()> {
    for round in 0..ROUNDS {
        let mut server = ctx.start(duration, &[])?;
        let (mut knocks, mut signalled) = (0, false);
        let deadline = Instant::now() + PATIENCE;
        let mut last = Vec::new();
        while let Ok(mut client) = Client::try_connect(server.addr()) {
            // The queue of those who wait for accept is short: a full one would make the next ones wait for a second.
            // It is emptied when the server answers, or speaks its last line.
            if last.len() == LAST && !signalled && client.send("0\n").is_ok() {
                last.clear();
                let _ = client.line();
            }
            last.push(client);
            knocks += 1;
            // It comes at another moment each time. From then on nobody is forgotten, so that some of those are left to
            // whom the server can say goodbye, and nobody hurries, because of the queue.
            if let Some(end) = end
                && knocks == 20 + round
            {
                server.signal(end)?;
                signalled = true;
            } else if signalled {
                thread::sleep(Duration::from_micros(200));
            }
            if Instant::now() > deadline {
                return Err(mismatch("no more connections after the end", "one after the other"));
            }
        }
        for client in last {
            match last_words(client) {
                Ok(rest) if rest.is_empty() || rest == goodbye => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
                other => {
                    return Err(mismatch(
                        "a goodbye, the end of the file, or a reset",
                        format!("{other:?}"),
                    ));
                }
            }
        }
        ends_well(&mut server)?;
    }
    Ok(())
}

/// Waits for all that a client gets until its connection ends.
fn last_words(client: Client) -> io::Result<String> {
    let mut client = client.patience(Duration::from_millis(300));
    match client.try_rest() {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            // The system drops the last segment of a handshake that arrives while the listener is being closed: the
            // client believes to be connected, and no server will ever know of it. Whoever speaks then, learns of it.
            let _ = client.send("0\n");
            client.patience(PATIENCE).try_rest()
        }
        rest => rest,
    }
}
