//! The server of a step, as a child process.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::{Result, say, step::Step, words::Lane};

/// How long the server may take to print its address.
const START: Duration = Duration::from_secs(30);

/// How long a game may last at most. Two bots need seconds.
const DURATION: &str = "5m";

/// A server that runs. It is killed when it is dropped.
pub struct Server {
    child: Child,
    /// The address it listens on.
    pub address: SocketAddr,
    /// The line with that address.
    pub first_line: String,
    /// What it prints on stdout and stderr. The channel closes when both streams are closed.
    lines: Receiver<String>,
}

impl Server {
    /// Starts the server of a step on a free port.
    pub fn start(step: &Step) -> Result<Self> {
        let mut command = step.cargo("run");
        command.args(["--quiet", "--", "127.0.0.1:0", DURATION]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start {}: {error}", step.name))?;
        let (sender, lines) = mpsc::channel();
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            forward(stdout, sender.clone());
            forward(stderr, sender);
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { child, address, first_line: String::new(), lines };
        let mut printed = String::new();
        let until = Instant::now() + START;
        while let Ok(line) = server.lines.recv_timeout(until.duration_since(Instant::now())) {
            if let Some(address) = line.strip_prefix("listening on ") {
                server.address = address.parse().map_err(|_| format!("no address in {line:?}"))?;
                server.first_line = line;
                return Ok(server);
            }
            printed += &(line + "\n");
        }
        Err(format!("{} does not print its address. It printed:\n{printed}", step.name))
    }

    /// Prints what the server says for that long.
    pub fn print_for(&self, pace: Duration) -> Result<()> {
        let until = Instant::now() + pace;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => say(Lane::Server, "|", &line)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("the server ended before the game did".to_owned());
                }
            }
        }
    }

    /// Prints what the server says until it ends.
    pub fn end(&mut self) -> Result<ExitStatus> {
        for line in &self.lines {
            say(Lane::Server, "|", &line)?;
        }
        self.child.wait().map_err(|error| format!("cannot wait for the server: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends the lines of a stream to a channel.
fn forward(stream: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if lines.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}
