//! A server under test: a program that the tool starts, and kills when its owner is dropped.

use std::{
    io::PipeReader,
    net::SocketAddr,
    ops::{Deref, DerefMut},
    process::{Child, ExitStatus},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::{self as system, Pid, Signal, WaitId, WaitIdOptions};

pub use self::{
    launch::Launch,
    log::Log,
    process::{Held, Process},
    streams::Streams,
};
use kit::verdict::mismatch;

mod launch;
mod log;
pub mod pin;
mod process;
mod streams;

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(10);

/// A program that was started. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: Arc<Log>,
    readers: Vec<JoinHandle<()>>,
    status: Option<ExitStatus>,
    /// The reading end of a full pipe. Nothing reads it, but it has to stay open.
    _kept: Option<PipeReader>,
}

impl Program {
    /// Takes over a child. The `readers` collect its streams in the `log`.
    fn new(
        child: Child,
        log: Arc<Log>,
        readers: Vec<JoinHandle<()>>,
        kept: Option<PipeReader>,
    ) -> Self {
        let (pid, ending) = (Pid::from_child(&child), log.clone());
        // The thread notes the end and leaves the child to its owner to reap. Until then the system gives its id to
        // no other process, so our signals cannot reach one.
        thread::spawn(move || {
            let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) = system::waitid(WaitId::Pid(pid), end) {}
            ending.add(|said| said.exited = true);
        });
        Program { child, log, readers, status: None, _kept: kept }
    }

    /// Everything the program printed, and how it ended.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Waits until the program has ended, for at most `deadline`.
    pub fn wait_exit(&mut self, deadline: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        if !self.log.wait_until(deadline, |said| said.exited) {
            return Err(mismatch(format!("the server exits within {deadline:?}"), "it still runs"));
        }
        self.reap().context("cannot ask how the server ended")
    }

    /// Reaps the program, which has ended or is about to, and notes its status.
    fn reap(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait()?;
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        self.status = Some(status);
        self.log.add(|said| said.status = Some(status.to_string()));
        Ok(status)
    }

    /// Sends the program a signal. If the program has ended already, nothing happens.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        if self.status.is_some() {
            return Ok(());
        }
        match system::kill_process(Pid::from_child(&self.child), signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error).context("cannot signal the server"),
        }
    }

    /// The process as `/proc` shows it.
    ///
    /// # Errors
    ///
    /// [`Skip`](kit::verdict::Skip) on a system without `/proc`.
    pub fn process(&self) -> Result<Process> {
        Process::of(self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = self.child.kill();
            let _ = self.reap();
        }
    }
}

/// A server that listens. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    program: Program,
    addr: SocketAddr,
}

impl Server {
    /// Waits until the program listens.
    fn new(program: Program, streams: Streams) -> Result<Self> {
        let addr = match streams.collects_stdout() {
            true => program.log.listening_line(START)?,
            // Its stdout cannot be read, so ask the system.
            false => listening_addr(&program, START)?,
        };
        Ok(Server { program, addr })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops it with SIGSTOP, lets `act` run, and continues it. Everything that `act` does reaches the
    /// server in one batch of events.
    pub fn while_stopped<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<T> {
        let process = self.process()?;
        self.signal(Signal::STOP)?;
        let until = Instant::now() + START;
        // A signal is delivered in the background, and the system has no event for its arrival.
        while !process.is_stopped()? && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        let acted = act();
        self.signal(Signal::CONT)?;
        acted
    }
}

impl Deref for Server {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.program
    }
}

/// Asks the system where the program listens, until it does.
fn listening_addr(program: &Program, deadline: Duration) -> Result<SocketAddr> {
    let process = program.process()?;
    let until = Instant::now() + deadline;
    loop {
        if let Some(addr) = process.listening()? {
            return Ok(addr);
        }
        // The system has no event for a process that begins to listen, so ask again every 5 ms.
        let ended = program.log.wait_until(Duration::from_millis(5), |said| said.exited);
        if ended || Instant::now() >= until {
            let got = if ended { "it ended" } else { "it does not" };
            return Err(mismatch("the server listens", got));
        }
    }
}
