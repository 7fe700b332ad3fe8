//! How a server is to be started.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, mpsc::Sender},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result};

use super::{Log, Program, Server, Streams, log::Said, pin};

/// How a server is to be started.
#[derive(Debug)]
#[must_use = "nothing is started yet"]
pub struct Launch {
    pub(crate) binary: PathBuf,
    pub(crate) under: Vec<OsString>,
    pub(crate) addr: Option<String>,
    pub(crate) args: Vec<String>,
    /// How many descriptors it may have open.
    pub(crate) open_files: Option<u32>,
    /// Another user that starts it, which only the superuser may do.
    pub(crate) user: Option<u32>,
    pub(crate) streams: Streams,
    pub(crate) echo: Option<Sender<String>>,
    pub(crate) core: Option<usize>,
    pub(crate) log: Arc<Log>,
}

impl Launch {
    /// A launch of `binary` on a free port of the loopback address.
    pub fn new(binary: &Path) -> Self {
        Launch {
            binary: binary.to_owned(),
            under: Vec::new(),
            addr: Some("127.0.0.1:0".to_owned()),
            args: Vec::new(),
            open_files: None,
            user: None,
            streams: Streams::Collected,
            echo: None,
            core: None,
            log: Arc::default(),
        }
    }

    /// Adds arguments after the address.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|&arg| arg.to_owned()));
        self
    }

    /// Starts it with these arguments alone, and no address before them.
    pub fn only_args(mut self, args: &[&str]) -> Self {
        self.addr = None;
        self.args(args)
    }

    /// Lets another program start it. `words` are that program's name and its arguments; the server's name and
    /// arguments follow them. The program has to become the server (exec), not just its parent.
    pub fn under(mut self, words: Vec<OsString>) -> Self {
        self.under = words;
        self
    }

    /// Sets where its stdout and stderr go.
    pub fn streams(mut self, streams: Streams) -> Self {
        self.streams = streams;
        self
    }

    /// Sends every line of its stdout and stderr here too, as it comes.
    pub fn echo(mut self, lines: Sender<String>) -> Self {
        self.echo = Some(lines);
        self
    }

    /// Keeps it on one core, if `core` names one.
    pub fn core(mut self, core: Option<usize>) -> Self {
        self.core = core;
        self
    }

    /// The log of what it prints. It outlives the server.
    pub fn log(&self) -> Arc<Log> {
        self.log.clone()
    }

    /// Starts it and waits until it listens.
    pub fn start(self) -> Result<Server> {
        let streams = self.streams;
        Server::new(self.spawn()?, streams)
    }

    /// Starts it without waiting for anything.
    pub fn spawn(self) -> Result<Program> {
        let mut words = self.under;
        if let Some(script) = script(self.open_files, self.streams) {
            words.extend(["sh", "-c", &script].map(OsString::from));
        }
        words.push(self.binary.clone().into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(&self.addr).args(&self.args).stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user);
        }
        let kept = self.streams.prepare(&mut command)?;
        let started = match self.core {
            Some(core) => pin::started_on(core, || command.spawn())?,
            None => command.spawn(),
        };
        let mut child =
            started.with_context(|| format!("cannot start {}", self.binary.display()))?;
        self.log.add(|said| said.started = true);
        // Taken in any case: a stream that no thread collects is closed here.
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut readers = Vec::new();
        if self.streams.collects_stdout() {
            let (log, echo) = (self.log.clone(), self.echo.clone());
            readers.extend(stdout.map(|out| collect(out, log, echo, |said| &mut said.stdout)));
        }
        if self.streams.collects_stderr() {
            let (log, echo) = (self.log.clone(), self.echo);
            readers.extend(stderr.map(|err| collect(err, log, echo, |said| &mut said.stderr)));
        }
        Ok(Program::new(child, self.log, readers, kept))
    }
}

/// What a shell has to do before it becomes the server; `None` if no shell is needed.
fn script(open_files: Option<u32>, streams: Streams) -> Option<String> {
    let limit = open_files.map(|limit| format!("ulimit -n {limit} && "));
    let closed = (streams == Streams::Closed).then_some(" >&- 2>&-");
    if limit.is_none() && closed.is_none() {
        return None;
    }
    let (limit, closed) = (limit.unwrap_or_default(), closed.unwrap_or_default());
    Some(format!("{limit}exec \"$0\" \"$@\"{closed}"))
}

/// Collects a stream of the program in the log, line by line, on a thread of its own.
fn collect(
    stream: impl Read + Send + 'static,
    log: Arc<Log>,
    echo: Option<Sender<String>>,
    part: fn(&mut Said) -> &mut Vec<u8>,
) -> JoinHandle<()> {
    log.add(|said| said.open_streams += 1);
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            log.add(|said| part(said).extend_from_slice(&line));
            if let Some(echo) = &echo {
                let _ = echo.send(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            line.clear();
        }
        log.add(|said| said.open_streams -= 1);
    })
}
