//! The servers that are measured: how to build and start them, and what they use by the system's accounts.

use std::{
    net::SocketAddr,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use kit::{cargo, steps::Workspace};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use suite::server::{Launch, Process, Server, Streams, pin};

use crate::talk::Talk;

/// How long the games last: longer than any measurement.
const DURATION: &str = "86400s";

/// A server that uses no CPU for this long has nothing left to do.
const QUIET: Duration = Duration::from_millis(50);

/// How long to wait for that.
const SETTLE: Duration = Duration::from_secs(2);

/// How many descriptors a process has open besides its connections, at most.
const OTHERS: u64 = 64;

/// The steps, the same game on other runtimes, and an HTTP service on two of them.
pub const SERVERS: [&str; 11] = [
    "step01",
    "step02",
    "step03",
    "step04",
    "step05",
    "step06",
    "smol",
    "tokio",
    "mio",
    "http-step06",
    "http-tokio",
];

/// Whether a server speaks HTTP instead of the game.
pub fn is_http(name: &str) -> bool {
    name.starts_with("http")
}

#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub binary: PathBuf,
}

impl Program {
    /// Builds one of the [`SERVERS`] for release.
    pub fn build(workspace: &Workspace, name: &str) -> Result<Self> {
        let example = |name: &str| cargo::example(workspace, "xtask-bench", name, &["--release"]);
        let binary = match name.strip_prefix("step0") {
            Some(number) => cargo::release(workspace, workspace.step(number.parse()?)?)?,
            None if is_http(name) => example(&name.replace('-', "_"))?,
            None => example(&format!("game_{name}"))?,
        };
        Ok(Program { name: name.to_owned(), binary })
    }

    /// What its clients send, up to `depth` requests at once.
    pub fn talk(&self, depth: usize) -> Talk {
        if is_http(&self.name) { Talk::http(depth) } else { Talk::game(depth) }
    }

    /// Gives a launch the arguments of a long game, and drops the server's log lines.
    pub fn launch(&self, launch: Launch) -> Launch {
        // Only step 06 logs each client, unless it is told not to.
        let quiet: &[&str] = if self.name == "step06" { &["--quiet"] } else { &[] };
        launch.args(&[DURATION]).args(quiet)
    }

    /// Starts it for this many connections, under another program if `under` has words.
    pub fn start(
        &self,
        cores: Cores,
        connections: usize,
        under: Vec<std::ffi::OsString>,
    ) -> Result<Subject> {
        raise_limit(connections)?;
        let launch = self.launch(Launch::new(&self.binary)).under(under);
        let server = launch.streams(Streams::Muted).core(cores.server).start()?;
        let (addr, process) = (server.addr(), server.process()?);
        Ok(Subject { addr, process, server })
    }
}

/// The cores of the server and of this process, if there is one for each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cores {
    pub server: Option<usize>,
    pub client: Option<usize>,
}

impl Cores {
    /// Keeps this process on the first core from now on, and the last one for the servers.
    pub fn take() -> Result<Self> {
        Ok(match pin::allowed()?.as_slice() {
            [client, .., server] => {
                pin::stay_on(&[*client])?;
                Cores { server: Some(*server), client: Some(*client) }
            }
            _ => Cores::default(),
        })
    }

    pub fn text(self) -> String {
        match (self.server, self.client) {
            (Some(server), Some(client)) => {
                format!("the server ran on core {server}, the clients on core {client}")
            }
            _ => "nothing was pinned to a core".to_owned(),
        }
    }
}

/// A server that runs and is measured. Dropping it ends the server.
#[derive(Debug)]
pub struct Subject {
    pub addr: SocketAddr,
    pub process: Process,
    pub server: Server,
}

/// What a measurement took: time on the clock, and what the server and this process used, in microseconds.
#[derive(Debug)]
pub struct Took {
    pub wall: f64,
    pub server: Cpu,
    pub client: Cpu,
}

/// CPU time in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    /// To the nanosecond.
    pub total: f64,
    /// The part in the kernel. The system counts it in ticks, which are too coarse for the total.
    pub kernel_share: f64,
}

/// What a process has used so far: in all, in its own code, and in the kernel.
type Used = [Duration; 3];

fn used(process: &Process) -> Result<Used> {
    let (user, system) = process.cpu_times()?;
    Ok([process.thread_times()?.values().sum(), user, system])
}

fn between(before: Used, now: Used) -> Cpu {
    let [total, user, system] =
        [0, 1, 2].map(|part| micros(now[part].saturating_sub(before[part])));
    Cpu { total, kernel_share: if user + system > 0.0 { system / (user + system) } else { 0.0 } }
}

impl Subject {
    /// Waits until the server has done what is left to do, though not long if it is always busy.
    pub fn settle(&self) -> Result<()> {
        let until = Instant::now() + SETTLE;
        let mut before = used(&self.process)?;
        loop {
            thread::sleep(QUIET);
            let now = used(&self.process)?;
            if now[0] == before[0] || Instant::now() > until {
                return Ok(());
            }
            before = now;
        }
    }

    /// Measures what the server and this process use meanwhile.
    pub fn measure<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
        let own = Process::of(std::process::id())?;
        let (client, server) = (used(&own)?, used(&self.process)?);
        let began = Instant::now();
        let acted = act()?;
        let wall = micros(began.elapsed());
        let server = between(server, used(&self.process).context("the server has ended")?);
        Ok((acted, Took { wall, server, client: between(client, used(&own)?) }))
    }

    /// Returns the memory that the server occupies, in bytes. `statm` would lag behind by what each core has not
    /// added up yet.
    pub fn resident(&self) -> Result<f64> {
        let text = self.process.read("smaps_rollup")?;
        let mut words = text.split_whitespace().skip_while(|word| *word != "Rss:").skip(1);
        let kib: f64 = words.next().context("no Rss in smaps_rollup")?.parse()?;
        Ok(kib * 1024.0)
    }
}

pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Raises the limit of descriptors of this process, and of the servers that it starts, as far as this many
/// connections need.
fn raise_limit(connections: usize) -> Result<()> {
    let needed = connections as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    // Only root may raise the maximum.
    let maximum = limit.maximum.map(|maximum| maximum.max(needed));
    if setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum }).is_err() {
        let most = limit.maximum.unwrap_or_default();
        bail!(
            "{connections} connections take {needed} descriptors, and this process may have {most}: raise the limit \
             with `ulimit -n {needed}`, or ask for at most {} connections",
            most.saturating_sub(OTHERS)
        );
    }
    Ok(())
}
