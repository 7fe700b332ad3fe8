//! Rules about a server that has nothing to do.

use std::{thread, time::Duration};

use anyhow::Result;
use rustix::param::clock_ticks_per_second;

use super::{Case, Ctx};
use crate::{client::Client, server::Server, verdict::ensure};

/// The cases of this part.
pub const CASES: &[Case] =
    &[Case::new(1, "a hundred idle clients cost no CPU in three seconds", idle_clients)
        .except(&[2])];

/// Makes sure that the server uses no CPU for so long: no more than it takes the clock to tick by chance.
pub fn costs_no_cpu(server: &Server, duration: Duration) -> Result<()> {
    let process = server.process()?;
    let before = process.cpu_time()?;
    // Nothing is waited for here: the time itself is what is measured.
    thread::sleep(duration);
    let used = process.cpu_time()? - before;
    let two_ticks = Duration::from_secs(2) / clock_ticks_per_second() as u32;
    ensure(used <= two_ticks, format!("no CPU used in {duration:?}"), format!("{used:?}"))
}

/// Connects so many clients, and makes sure that each is played with.
pub fn connect(server: &Server, clients: usize) -> Result<Vec<Client>> {
    let connected = (0..clients).map(|_| {
        let mut client = Client::connect(server.addr())?;
        client.ask("0\n", "Too low!")?;
        Ok(client)
    });
    connected.collect()
}

fn idle_clients(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut clients = connect(&server, 100)?;
    costs_no_cpu(&server, Duration::from_secs(3))?;
    // It idles, but it does not sleep.
    clients[50].ask("101\n", "Too high!")
}
