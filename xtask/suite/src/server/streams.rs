//! Where a server's stdout and stderr go.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Write},
    process::{Command, Stdio},
};

use anyhow::Result;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use kit::verdict::Skip;

/// Where a server's stdout and stderr go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Both go into the server's [`Log`](super::Log).
    Collected,
    /// Stdout goes into the log, stderr to `/dev/null`: log lines cost little, and no thread has to read them.
    Muted,
    /// The server starts without them.
    Closed,
    /// Both go onto a full disk.
    Full,
    /// Both go into pipes whose reading ends are closed.
    Broken,
    /// Stdout goes into a full pipe that stays open and is never read; stderr into the log.
    StuckStdout,
    /// Stderr goes into a full pipe that stays open and is never read; stdout into the log.
    StuckStderr,
}

impl Streams {
    /// Whether the server's stdout goes into the log.
    pub fn collects_stdout(self) -> bool {
        matches!(self, Streams::Collected | Streams::Muted | Streams::StuckStderr)
    }

    /// Whether the server's stderr goes into the log.
    pub fn collects_stderr(self) -> bool {
        matches!(self, Streams::Collected | Streams::StuckStdout)
    }

    /// Prepares a command. Keep the pipe that this returns open as long as the server runs.
    pub(super) fn prepare(self, command: &mut Command) -> Result<Option<PipeReader>> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match self {
            Streams::Collected | Streams::Broken => {}
            Streams::Muted => {
                command.stderr(Stdio::null());
            }
            // The shell that starts the server closes them.
            Streams::Closed => {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
            Streams::Full => {
                let full = File::options().write(true).open("/dev/full").map_err(|_| {
                    Skip("needs /dev/full, which this system does not have".to_owned())
                })?;
                command.stdout(full.try_clone()?).stderr(full);
            }
            Streams::StuckStdout => {
                let (reader, writer) = full_pipe()?;
                command.stdout(writer);
                return Ok(Some(reader));
            }
            Streams::StuckStderr => {
                let (reader, writer) = full_pipe()?;
                command.stderr(writer);
                return Ok(Some(reader));
            }
        }
        Ok(None)
    }
}

/// Creates a pipe into which not even one more byte fits.
fn full_pipe() -> Result<(PipeReader, PipeWriter)> {
    let (reader, mut writer) = io::pipe()?;
    let flags = fcntl_getfl(&writer)?;
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK)?;
    // A page at a time, and then what is left of the last page.
    for piece in [&[b'.'; 4096][..], b"."] {
        while writer.write(piece).is_ok() {}
    }
    // The server gets a blocking pipe, as a shell would give it.
    fcntl_setfl(&writer, flags)?;
    Ok((reader, writer))
}
