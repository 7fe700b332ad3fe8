//! The servers that are measured: how to build and start them, and what they use by the system's accounts.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use kit::{cargo, steps::Workspace};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use suite::server::{Launch, Process, Server, Streams, pin};

/// How long the games last: longer than any measurement.
const DURATION: &str = "86400s";

/// A server that uses no CPU for this long has nothing left to do.
const QUIET: Duration = Duration::from_millis(50);

/// How long to wait for that.
const SETTLE: Duration = Duration::from_secs(2);

/// How many descriptors a process has open besides its connections, at most.
const OTHERS: u64 = 64;

/// The servers: the steps, the same game on other runtimes, and an HTTP service on two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    Step01,
    Step02,
    Step03,
    Step04,
    Step05,
    Step06,
    Smol,
    Tokio,
    Mio,
    HttpStep06,
    HttpTokio,
}

impl Name {
    /// Builds it for release.
    pub fn build(self, workspace: &Workspace) -> Result<Program> {
        let value = self.to_possible_value().context("no name is hidden")?;
        let name = value.get_name().to_owned();
        let binary = match name.strip_prefix("step0") {
            Some(number) => cargo::release(workspace, workspace.step(number.parse()?)?)?,
            None => {
                let game = if name.starts_with("http") { "" } else { "game_" };
                let example = format!("{game}{}", name.replace('-', "_"));
                cargo::example(workspace, "xtask-bench", &example, &["--release"])?
            }
        };
        // Only step 06 logs each client, unless it is told not to.
        Ok(Program { name, binary, is_quiet: self == Name::Step06 })
    }

    /// Whether it speaks HTTP instead of the game.
    pub fn is_http(self) -> bool {
        matches!(self, Name::HttpStep06 | Name::HttpTokio)
    }
}

/// A server's program.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub binary: PathBuf,
    /// Whether it takes `--quiet`.
    pub is_quiet: bool,
}

impl Program {
    /// Gives a launch the arguments of a long game, and drops the server's log lines.
    pub fn launch(&self, launch: Launch) -> Launch {
        let quiet: &[&str] = if self.is_quiet { &["--quiet"] } else { &[] };
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

    /// Says which cores they had.
    pub fn text(self) -> String {
        match (self.server, self.client) {
            (Some(server), Some(client)) => {
                format!("the server ran on core {server}, the clients on core {client}")
            }
            _ => "the server and the clients shared the cores".to_owned(),
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

/// What a measurement took: time on the clock, and the CPU time of the server and of this process.
#[derive(Debug)]
pub struct Took {
    pub wall: Duration,
    pub server: Spent,
    pub client: Spent,
}

impl Subject {
    /// Waits until the server has done what is left to do, though not long if it is always busy.
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

    /// Measures what the server and this process use meanwhile.
    pub fn measure<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
        let own = Process::of(std::process::id())?;
        let (client, server) = (Account::of(&own)?, Account::of(&self.process)?);
        let began = Instant::now();
        let acted = act()?;
        let wall = began.elapsed();
        let now = Account::of(&self.process).context("the server has ended")?;
        let (server, client) = (now.since(&server), Account::of(&own)?.since(&client));
        Ok((acted, Took { wall, server, client }))
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

/// The CPU time that a process has used up to one moment.
#[derive(Debug)]
struct Account {
    /// By thread, to the nanosecond.
    threads: BTreeMap<u32, Duration>,
    /// To the clock tick: in its own code, and in the kernel.
    ticks: (Duration, Duration),
}

/// CPU time in microseconds: all of it, and the parts in the process's own code and in the kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    pub total: f64,
    pub user: f64,
    pub system: f64,
}

impl Account {
    fn of(process: &Process) -> Result<Self> {
        Ok(Account { threads: process.thread_times()?, ticks: process.cpu_times()? })
    }

    /// Returns what was used since then. The ticks are too coarse for the sum, so they only split it.
    fn since(&self, before: &Account) -> Spent {
        let [user, system] = [(self.ticks.0, before.ticks.0), (self.ticks.1, before.ticks.1)]
            .map(|(now, before)| micros(now.saturating_sub(before)));
        // A thread that has ended took its account with it. Then there are only the ticks.
        let has_all = before.threads.keys().all(|id| self.threads.contains_key(id));
        let sum = |account: &Account| account.threads.values().sum::<Duration>();
        let total = match has_all && !self.threads.is_empty() {
            true => micros(sum(self).saturating_sub(sum(before))),
            false => user + system,
        };
        let share = if user + system > 0.0 { user / (user + system) } else { 0.5 };
        Spent { total, user: total * share, system: total * (1.0 - share) }
    }
}

/// A duration in microseconds.
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
            "{connections} connections take {needed} descriptors, and this process may have {most}. Raise the limit \
             with `ulimit -n {needed}` in the shell that starts it (above the hard limit, root has to do so), or ask \
             for at most {} connections",
            most.saturating_sub(OTHERS)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(threads: &[(u32, u64)], user: u64, system: u64) -> Account {
        let millis = Duration::from_millis;
        let threads = threads.iter().map(|&(id, time)| (id, millis(time))).collect();
        Account { threads, ticks: (millis(user), millis(system)) }
    }

    #[test]
    fn the_exact_sum_is_split_as_the_ticks_are() {
        let before = account(&[(1, 5), (2, 1)], 10, 10);
        let spent = account(&[(1, 40), (2, 2), (3, 4)], 20, 40).since(&before);
        assert_eq!(spent, Spent { total: 40_000.0, user: 10_000.0, system: 30_000.0 });
    }

    #[test]
    fn the_ticks_count_if_a_thread_has_ended() {
        let spent = account(&[(1, 40)], 20, 40).since(&account(&[(1, 5), (2, 900)], 10, 10));
        assert_eq!(spent.total, 40_000.0);
    }
}
