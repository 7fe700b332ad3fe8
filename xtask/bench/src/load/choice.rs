//! Which server is measured: a program to build and start, or one that runs already.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::load::{limits, subject::Subject};
use kit::{cargo, steps::Workspace};
use suite::server::{Launch, Process, Streams, pin};

/// How long the games last, in seconds: no measurement does.
const DURATION: &str = "86400s";

/// The server to measure.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The server to build for release, start and measure
    #[arg(long, global = true, value_enum, default_value_t = Name::Step06)]
    server: Name,
    /// Another program to start, with `127.0.0.1:0 86400s` as its arguments
    #[arg(long, global = true, value_name = "PATH", conflicts_with_all = ["server", "addr"])]
    binary: Option<PathBuf>,
    /// A server that runs already
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT",
        value_parser = address,
        requires = "pid",
        conflicts_with = "server"
    )]
    addr: Option<SocketAddr>,
    /// The process of the server that runs already
    #[arg(long, global = true, requires = "addr")]
    pid: Option<u32>,
}

/// Reads an address: names have several, and the first one is as good as any.
fn address(text: &str) -> Result<SocketAddr, String> {
    let addrs = text.to_socket_addrs().map_err(|error| format!("{error}: say HOST:PORT"))?;
    addrs.into_iter().next().ok_or_else(|| "this name has no address".to_owned())
}

/// The servers that one can ask for: the steps, and the peers.
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
}

impl Name {
    /// As one asks for it.
    pub fn text(self) -> &'static str {
        match self {
            Name::Step01 => "step01",
            Name::Step02 => "step02",
            Name::Step03 => "step03",
            Name::Step04 => "step04",
            Name::Step05 => "step05",
            Name::Step06 => "step06",
            Name::Smol => "smol",
            Name::Tokio => "tokio",
            Name::Mio => "mio",
        }
    }

    /// Builds it for release.
    pub fn build(self, workspace: &Workspace) -> Result<Program> {
        let name = self.text();
        let binary = match name.strip_prefix("step0") {
            Some(number) => cargo::release(workspace, workspace.step(number.parse()?)?)?,
            None => {
                cargo::example(workspace, "xtask-bench", &format!("game_{name}"), &["--release"])?
            }
        };
        // The peers say nothing of who comes and goes, and step 06 can be told not to.
        let args: &[&str] = if self == Name::Step06 { &["--quiet"] } else { &[] };
        Ok(Program { name: name.to_owned(), binary, args: args.to_vec() })
    }
}

/// A server's program.
#[derive(Debug, Clone)]
pub struct Program {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub binary: PathBuf,
    /// What it is told besides address and duration.
    args: Vec<&'static str>,
}

impl Program {
    /// How it is to be started: with a long game, and with nobody who listens to its stderr.
    pub fn launch(&self, cores: Cores) -> Launch {
        let launch = Launch::new(&self.binary).args(&[DURATION]).args(&self.args);
        launch.streams(Streams::Muted).core(cores.server)
    }

    /// Starts it for so many connections.
    pub fn start(&self, cores: Cores, connections: usize) -> Result<Subject> {
        limits::raise(connections)?;
        Subject::new(self.launch(cores).start()?)
    }
}

/// What `load` measures.
#[derive(Debug)]
pub enum Choice {
    /// A program that is to be started.
    Start(Program),
    /// A server that runs already.
    Running(SocketAddr, u32),
}

impl Choice {
    /// Builds what was asked for, if need be.
    pub fn new(workspace: &Workspace, args: &ServerArgs) -> Result<Self> {
        Ok(match (args.addr, args.pid, &args.binary) {
            (Some(addr), Some(pid), _) => Choice::Running(addr, pid),
            (_, _, Some(binary)) => {
                let name = binary.file_name().context("--binary wants a program's path")?;
                let name = name.to_string_lossy().into_owned();
                Choice::Start(Program { name, binary: binary.clone(), args: vec![] })
            }
            _ => Choice::Start(args.server.build(workspace)?),
        })
    }

    /// What people call it.
    pub fn name(&self) -> String {
        match self {
            Choice::Start(program) => program.name.clone(),
            Choice::Running(addr, pid) => format!("{addr} ({pid})"),
        }
    }

    /// Starts it if it does not run, for so many connections.
    pub fn start(&self, cores: Cores, connections: usize) -> Result<Subject> {
        match *self {
            Choice::Start(ref program) => program.start(cores, connections),
            Choice::Running(addr, pid) => {
                limits::raise(connections)?;
                let process = Process::of(pid)?;
                limits::check(&process, connections)?;
                Ok(Subject { addr, process, server: None })
            }
        }
    }
}

/// The cores that the server and this process stay on, if there is one for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cores {
    /// The server's.
    pub server: Option<usize>,
    /// This process's.
    pub client: Option<usize>,
}

impl Cores {
    /// Takes the first core for this process, from now on, and the last one for the servers.
    pub fn take() -> Result<Self> {
        Ok(match pin::allowed()?.as_slice() {
            [client, .., server] => {
                pin::stay_on(&[*client])?;
                Cores { server: Some(*server), client: Some(*client) }
            }
            _ => Cores::default(),
        })
    }
}
