//! Rules about thousands of clients.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Resource, getrlimit};

use super::{
    Case, Ctx,
    ending::{self, SOMEONE_WON, ends_well},
};
use crate::client::Client;
use kit::verdict::Skip;

/// How many play at once.
const CLIENTS: usize = 3000;

/// How long they wait. Step 02 polls a task for each of them in every round.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) const CASES: &[Case] = &[Case::new(
    1,
    "when one of three thousand clients wins, all others get their last line",
    every_client_gets_its_last_line,
)];

fn every_client_gets_its_last_line(ctx: &Ctx<'_>) -> Result<()> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit < CLIENTS as u64 + 200 {
        let reason = format!(
            "needs {} open descriptors, and the limit is {limit}: raise it with `ulimit -n`",
            CLIENTS + 200
        );
        return Err(Skip(reason).into());
    }
    let limits: &[&str] = match ctx.level() {
        6.. => &["--max-clients", "4000"],
        _ => &[],
    };
    let mut server = ctx.start("120s", limits)?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = Client::connect(server.addr())?.patience(PATIENCE);
        // The queue of connections that wait for accept is short. An answer shows that the server has emptied it.
        if number % 100 == 99 {
            client.ask("0\n", "Too low!")?;
        }
        clients.push(client);
    }
    let mut winner = clients.pop().context("there are clients")?;
    ending::win(&mut winner)?;
    drop(winner);
    for (number, mut client) in clients.into_iter().enumerate() {
        client.expect_rest(SOMEONE_WON).with_context(|| format!("client {number} of {CLIENTS}"))?;
    }
    ends_well(&mut server)
}
