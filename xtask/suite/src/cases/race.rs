//! Rules about clients that connect just as the game ends.

use std::{
    io::{self, ErrorKind},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use rustix::process::Signal;

use super::{Case, Ctx, ending::ends_well, shutdown::SHUTTING_DOWN};
use crate::client::{Client, PATIENCE};
use kit::verdict::mismatch;

/// How many games end while clients connect.
const ROUNDS: usize = 15;

/// How many of the last clients the case watches at most.
const LAST: usize = 50;

pub(super) const CASES: &[Case] = &[
    Case::new(
        1,
        "a client that connects just as the game ends gets a goodbye or an end, but never hangs",
        |ctx| connect_at_the_end(ctx, "30ms", "Game over! Time's up.\n", None),
    ),
    Case::new(
        6,
        "a client that connects just as a signal comes gets a goodbye or an end, but never hangs",
        |ctx| connect_at_the_end(ctx, "60s", SHUTTING_DOWN, Some(Signal::TERM)),
    ),
];

/// Lets clients connect while a game of this duration ends, or while a signal ends it.
fn connect_at_the_end(
    ctx: &Ctx<'_>,
    duration: &str,
    goodbye: &str,
    end: Option<Signal>,
) -> Result<()> {
    for round in 0..ROUNDS {
        let mut server = ctx.start(duration, &[])?;
        let (mut connections, mut signalled) = (0, false);
        let deadline = Instant::now() + PATIENCE;
        let mut last = Vec::new();
        while let Ok(mut client) = Client::try_connect(server.addr()) {
            // The queue of connections that wait for accept is short, and a client that finds it full has to wait for a
            // second. An answer or a last line shows that the server has emptied it.
            if last.len() == LAST && !signalled && client.send("0\n").is_ok() {
                last.clear();
                let _ = client.line();
            }
            last.push(client);
            connections += 1;
            // The signal comes at another moment in each round. From then on the case keeps every client, so that some
            // of them can get a goodbye, and connects slowly, because of the queue.
            if let Some(end) = end
                && connections == 20 + round
            {
                server.signal(end)?;
                signalled = true;
            } else if signalled {
                thread::sleep(Duration::from_micros(200));
            }
            if Instant::now() > deadline {
                return Err(mismatch("no connections after the end", "one after another"));
            }
        }
        for client in last {
            match last_line(client) {
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

/// Waits for the end of a client's connection, and returns everything that came before it.
fn last_line(client: Client) -> io::Result<String> {
    let mut client = client.patience(Duration::from_millis(300));
    match client.try_rest() {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            // The system drops the last segment of a handshake that arrives while the server closes its listener. The
            // client then takes itself for connected, but no server has the connection. It finds out when it sends.
            let _ = client.send("0\n");
            client.patience(PATIENCE).try_rest()
        }
        rest => rest,
    }
}
