//! A scene: a server whose system calls fail, and clients that the faults do not concern.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use rustix::process::Signal;

use kit::verdict::ensure;
use suite::strace::{Calls, Trace};
use suite::{
    Ctx, INVALID, SHUTTING_DOWN,
    client::Client,
    ends_well, idle,
    server::{Log, Server, Streams},
};

/// How many clients play from the beginning. Each has got one answer before the first fault.
pub const BYSTANDERS: usize = 3;

/// How much CPU time a scene may cost the server. A busy loop costs more.
const CPU: Duration = Duration::from_secs(1);

/// A server whose system calls fail, and clients that the faults do not concern.
#[derive(Debug)]
pub struct Scene {
    server: Server,
    trace: Trace,
    bystanders: Vec<Client>,
}

impl Scene {
    /// Starts a server and the bystanders. strace logs these calls, and lets some of them fail.
    pub fn start(ctx: &Ctx<'_>, calls: &str, fault: Option<(&str, &str)>) -> Result<Self> {
        Self::with(ctx, Streams::Collected, calls, fault)
    }

    /// Does the same with other streams.
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

    /// What the server printed.
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

    /// Adds a client to the bystanders.
    pub fn join(&mut self, client: Client) {
        self.bystanders.push(client);
    }

    /// Lets every bystander guess.
    pub fn round(&mut self) -> Result<()> {
        round(&mut self.bystanders)
    }

    /// Ends the server with SIGTERM, and returns the calls that it made. Every bystander has to get all its bytes, and
    /// the server must not have used the CPU for nothing.
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

    /// Closes the bystanders' connections, and waits for the end of the server.
    pub fn leave(mut self) -> Result<Calls> {
        self.bystanders.clear();
        ends_well(&mut self.server)?;
        self.trace.calls()
    }
}

/// Lets each client guess, and checks the answers.
pub fn round(clients: &mut [Client]) -> Result<()> {
    for client in clients {
        for (line, answer) in [("0\n", "Too low!"), ("101\n", "Too high!"), ("words\n", INVALID)] {
            client.ask(line, answer).context("a bystander")?;
        }
    }
    Ok(())
}

/// Counts the calls of this name that a server makes until every bystander has got its answer. The number depends on how
/// the server is built, so a server without faults is asked.
pub fn calls_before(ctx: &Ctx<'_>, call: &str) -> Result<usize> {
    let scene = Scene::start(ctx, call, None)?;
    idle::costs_no_cpu(&scene.server, Duration::from_millis(100))?;
    Ok(scene.calls()?.made(call))
}

/// Checks that a fault occurred as often as it was meant to.
pub fn occurred(times: usize, at_least: usize) -> Result<()> {
    ensure(times >= at_least, format!("the fault {at_least} times"), format!("{times} times"))
}
