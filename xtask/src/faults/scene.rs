//! A scene: a server whose system calls fail, and players whom this does not concern.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::strace::{Calls, Trace};
use crate::{
    client::Client,
    server::{Log, Server, Streams},
    suite::{Ctx, INVALID, SHUTTING_DOWN, ends_well, idle},
    verdict::ensure,
};

/// How many play from the beginning. Each was asked for one guess before anything else happens, which makes two calls
/// to accept, one to register, one to receive and one to send.
pub const BYSTANDERS: usize = 3;

/// How much CPU a scene may cost the server: a spin costs more.
const CPU: Duration = Duration::from_secs(1);

/// A server whose system calls fail, and players whom this does not concern.
#[derive(Debug)]
pub struct Scene {
    server: Server,
    trace: Trace,
    bystanders: Vec<Client>,
}

impl Scene {
    /// Starts a server of which these calls are noted, and some of them fail with an error, and the bystanders.
    pub fn start(ctx: &Ctx<'_>, calls: &str, fault: Option<(&str, &str)>) -> Result<Self> {
        Self::with(ctx, Streams::Collected, calls, fault)
    }

    /// The same with other streams.
    pub fn with(
        ctx: &Ctx<'_>,
        streams: Streams,
        calls: &str,
        fault: Option<(&str, &str)>,
    ) -> Result<Self> {
        let (trace, words) = Trace::new(calls, fault)?;
        let server = ctx.launch().under(words).streams(streams).args(&["120s"]).start()?;
        let bystanders = idle::connect(&server, BYSTANDERS)?;
        Ok(Scene { server, trace, bystanders })
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// What the server says.
    pub fn log(&self) -> &Log {
        self.server.log()
    }

    /// The server and the bystanders.
    pub fn parts(&mut self) -> (&Server, &mut [Client]) {
        (&self.server, &mut self.bystanders)
    }

    /// The calls that the server has made so far.
    pub fn calls(&self) -> Result<Calls> {
        self.trace.calls()
    }

    /// Makes a client one of those whom nothing concerns.
    pub fn join(&mut self, client: Client) {
        self.bystanders.push(client);
    }

    /// Lets every bystander play.
    pub fn round(&mut self) -> Result<()> {
        round(&mut self.bystanders)
    }

    /// Ends the server, which must not have used the CPU for nothing: every bystander gets what it should to the last
    /// byte, and the server ends well. Gives the calls that it made.
    pub fn end(mut self) -> Result<Calls> {
        self.round().context("after the faults")?;
        idle::costs_no_cpu(&self.server, Duration::from_millis(200)).context("after the faults")?;
        let used = self.server.process()?.cpu_time()?;
        ensure(used < CPU, format!("less than {CPU:?} of CPU"), format!("{used:?}"))?;
        self.server.signal(Signal::TERM)?;
        for client in &mut self.bystanders {
            client.expect_rest(SHUTTING_DOWN).context("a bystander at the end")?;
        }
        self.leave()
    }

    /// Waits for the end of a server that was told to end, without the bystanders.
    pub fn leave(mut self) -> Result<Calls> {
        self.bystanders.clear();
        ends_well(&mut self.server)?;
        self.trace.calls()
    }
}

/// Lets each of them play: it gets what it should, and nothing else.
pub fn round(clients: &mut [Client]) -> Result<()> {
    for client in clients {
        for (line, answer) in [("0\n", "Too low!"), ("101\n", "Too high!"), ("words\n", INVALID)] {
            client.ask(line, answer).context("a bystander")?;
        }
    }
    Ok(())
}

/// Makes sure that a fault came to pass as often as it was meant to.
pub fn came_to_pass(times: usize, at_least: usize) -> Result<()> {
    ensure(times >= at_least, format!("the fault {at_least} times"), format!("{times} times"))
}
