//! A scene: a server whose system calls fail, and clients that the faults do not concern.

use std::time::Duration;

use anyhow::{Context, Result};
use kit::verdict::ensure;
use rustix::process::Signal;
use suite::{
    Ctx, INVALID, SHUTTING_DOWN,
    client::Client,
    ends_well, idle,
    server::{Launch, Server},
    strace::{Calls, Trace},
};

/// How many clients play from the beginning. Each has got one answer before the first fault.
const BYSTANDERS: usize = 3;

/// How much CPU time a scene may cost the server. A busy loop costs more.
const CPU: Duration = Duration::from_secs(1);

/// A server under strace, and clients that its faults do not concern.
#[derive(Debug)]
pub struct Scene {
    pub server: Server,
    pub bystanders: Vec<Client>,
    trace: Trace,
}

impl Scene {
    /// Starts a server and the bystanders. strace logs these calls, and lets some of them fail.
    pub fn start(launch: Launch, calls: &str, fault: Option<(&str, &str)>) -> Result<Self> {
        let (trace, words) = Trace::new(calls, fault)?;
        let server = launch.under(words).args(&["120s"]).start()?;
        let bystanders = idle::connect(&server, BYSTANDERS)?;
        Ok(Scene { server, bystanders, trace })
    }

    /// Connects a client that is no bystander yet.
    pub fn client(&self) -> Result<Client> {
        Client::connect(self.server.addr())
    }

    /// The calls that the server has made so far.
    pub fn calls(&self) -> Result<Calls> {
        self.trace.calls()
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

    /// Ends the server after faults, of which there must have been at least this many.
    pub fn end_after(self, at_least: usize) -> Result<()> {
        occurred(self.end()?.injected(), at_least)
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

/// Chooses some calls of this name, as strace counts them: those after the ones that a server makes until every
/// bystander has its answer. That number depends on how the server is built, so a server without faults is asked.
pub fn after_the_start(ctx: &Ctx<'_>, call: &str, skipped: usize, times: usize) -> Result<String> {
    let scene = Scene::start(ctx.launch(), call, None)?;
    idle::costs_no_cpu(&scene.server, Duration::from_millis(100))?;
    let first = scene.calls()?.made(call) + 1 + skipped;
    Ok(format!("{first}..{}", first + times - 1))
}

/// Checks that a fault occurred as often as it was meant to.
pub fn occurred(times: usize, at_least: usize) -> Result<()> {
    ensure(times >= at_least, format!("the fault {at_least} times"), format!("{times} times"))
}
