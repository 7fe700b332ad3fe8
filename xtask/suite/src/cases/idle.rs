//! Rules about an idle server.

use std::{thread, time::Duration};

use anyhow::Result;
use rustix::param::clock_ticks_per_second;

use super::{Case, Ctx};
use crate::{client::Client, server::Server};
use kit::verdict::ensure;

pub(super) const CASES: &[Case] = &[
    // Step 02 polls every task round and round. That is its lesson.
    Case::new(1, "a hundred idle clients cost no CPU in three seconds", idle_clients).except(&[2]),
];

/// Checks that the server uses no CPU for this long. Two clock ticks are allowed, which can fall on it by chance.
pub fn costs_no_cpu(server: &Server, duration: Duration) -> Result<()> {
    let process = server.process()?;
    let before = process.cpu_time()?;
    // This waits for no event: the case measures the time itself.
    thread::sleep(duration);
    let used = process.cpu_time()? - before;
    let two_ticks = Duration::from_secs(2) / clock_ticks_per_second() as u32;
    ensure(used <= two_ticks, format!("no CPU used in {duration:?}"), format!("{used:?}"))
}

/// Connects a client, and checks that it gets an answer.
pub fn player(server: &Server) -> Result<Client> {
    let mut client = Client::connect(server.addr())?;
    client.ask("0\n", "Too low!")?;
    Ok(client)
}

/// Connects this many such clients.
pub fn connect(server: &Server, clients: usize) -> Result<Vec<Client>> {
    (0..clients).map(|_| player(server)).collect()
}

fn idle_clients(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut clients = connect(&server, 100)?;
    costs_no_cpu(&server, Duration::from_secs(3))?;
    // An idle server still answers.
    clients[50].ask("101\n", "Too high!")
}
