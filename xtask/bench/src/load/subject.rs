//! The server that is measured, while it runs.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::load::account::{Account, Spent};
use suite::server::{Process, Server};

/// For how long a server may do nothing until it is taken to have nothing to do.
const QUIET: Duration = Duration::from_millis(50);

/// How long that is waited for.
const SETTLE: Duration = Duration::from_secs(2);

/// A server that runs and is measured. It ends with this, unless it ran before.
#[derive(Debug)]
pub struct Subject {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The process, as the system shows it.
    pub process: Process,
    /// The server, if it was started for this.
    pub server: Option<Server>,
}

/// The accounts at the beginning of a measurement.
#[derive(Debug)]
pub struct Lap {
    began: Instant,
    server: Account,
    client: Account,
}

/// What a measurement took.
#[derive(Debug)]
pub struct Took {
    /// How long it was.
    pub wall: Duration,
    /// What the server used.
    pub server: Spent,
    /// What this process used.
    pub client: Spent,
}

impl Lap {
    /// How long it has been so far.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Subject {
    /// A server that was started.
    pub fn new(server: Server) -> Result<Self> {
        let (addr, process) = (server.addr(), server.process()?);
        Ok(Subject { addr, process, server: Some(server) })
    }

    /// Waits until the server has done what is left to do. One that is always busy is not waited for long.
    pub fn settle(&self) -> Result<()> {
        let until = Instant::now() + SETTLE;
        let mut before = Account::of(&self.process)?;
        loop {
            thread::sleep(QUIET);
            let now = Account::of(&self.process)?;
            if now.since(&before).total == 0.0 || Instant::now() > until {
                return Ok(());
            }
            before = now;
        }
    }

    /// Begins a measurement.
    pub fn begin(&self) -> Result<Lap> {
        let client = Account::of(&Process::of(std::process::id())?)?;
        Ok(Lap { server: Account::of(&self.process)?, client, began: Instant::now() })
    }

    /// Ends it.
    pub fn end(&self, lap: &Lap) -> Result<Took> {
        let wall = lap.began.elapsed();
        let server = Account::of(&self.process).context("the server has ended")?;
        let client = Account::of(&Process::of(std::process::id())?)?;
        let (server, client) = (server.since(&lap.server), client.since(&lap.client));
        Ok(Took { wall, server, client })
    }
}
