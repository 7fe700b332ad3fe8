//! What a program printed, and how it ended.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Condvar, Mutex, MutexGuard},
    time::Duration,
};

use anyhow::Result;

use kit::verdict::mismatch;

/// How many lines of each stream a report shows: the last ones.
const SHOWN: usize = 12;

/// What a program printed, and how it ended. The threads that read its streams fill the log.
#[derive(Debug, Default)]
pub struct Log {
    said: Mutex<Said>,
    changed: Condvar,
}

/// The content of a [`Log`].
#[derive(Debug, Default)]
pub struct Said {
    /// All of stdout so far.
    pub stdout: Vec<u8>,
    /// All of stderr so far.
    pub stderr: Vec<u8>,
    /// Whether the program was started.
    pub started: bool,
    /// How many of its streams are still open.
    pub open_streams: usize,
    /// Whether the program has ended.
    pub exited: bool,
    /// How it ended.
    pub status: Option<String>,
}

impl Said {
    /// Whether there is a line on stdout, or can be none any more.
    pub fn line_or_end(&self) -> bool {
        // The last output of a program may be read a little after its end.
        self.stdout.contains(&b'\n') || (self.exited && self.open_streams == 0)
    }
}

impl Log {
    /// Lets `write` add to the content, and wakes every thread that waits for a change.
    pub(super) fn add(&self, write: impl FnOnce(&mut Said)) {
        write(&mut self.said());
        self.changed.notify_all();
    }

    /// The content, locked.
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().expect("no thread panics while it holds the log")
    }

    /// All of stdout so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.said().stdout).into_owned()
    }

    /// All of stderr so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.said().stderr).into_owned()
    }

    /// Waits until `wanted` holds for the content, for at most `deadline`. Returns whether it holds.
    pub fn wait_until(&self, deadline: Duration, mut wanted: impl FnMut(&Said) -> bool) -> bool {
        let (said, _) = self
            .changed
            .wait_timeout_while(self.said(), deadline, |said| !wanted(said))
            .expect("no thread panics while it holds the log");
        wanted(&said)
    }

    /// Waits for the first line on stdout, and returns the address that it names.
    pub fn listening_line(&self, deadline: Duration) -> Result<SocketAddr> {
        self.wait_until(deadline, Said::line_or_end);
        let stdout = self.stdout();
        let addr = stdout
            .split_once('\n')
            .and_then(|(line, _)| line.strip_prefix("listening on "))
            .and_then(|addr| addr.parse().ok());
        addr.ok_or_else(|| {
            mismatch(
                "the line `listening on IP:PORT` on stdout",
                match stdout.as_str() {
                    "" => "nothing".to_owned(),
                    stdout => format!("{stdout:?}"),
                },
            )
        })
    }
}

/// Writes one stream's last lines, indented.
fn show(f: &mut fmt::Formatter<'_>, name: &str, text: &[u8]) -> fmt::Result {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let hidden = lines.len().saturating_sub(SHOWN);
    match lines.len() {
        0 => writeln!(f, "  {name}: nothing")?,
        _ if hidden > 0 => writeln!(f, "  {name}, after {hidden} other lines:")?,
        _ => writeln!(f, "  {name}:")?,
    }
    for line in &lines[hidden..] {
        writeln!(f, "    {line}")?;
    }
    Ok(())
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.said();
        if !said.started {
            return write!(f, "the server was not started");
        }
        writeln!(f, "the server:")?;
        show(f, "stdout", &said.stdout)?;
        show(f, "stderr", &said.stderr)?;
        match &said.status {
            Some(status) => write!(f, "  ended with {status}"),
            None => write!(f, "  still runs"),
        }
    }
}
