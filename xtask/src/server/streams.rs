//! Where a server's stdout and stderr go.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Write},
    process::{Command, Stdio},
};

use anyhow::Result;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::verdict::Skip;

/// Where a server's stdout and stderr go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Into the server's [`Log`](super::Log).
    Collected,
    /// Stdout into the log, and stderr nowhere: what it says costs little, and nobody has to listen.
    Muted,
    /// Nowhere: the server is started without them.
    Closed,
    /// Onto a disk that is full.
    Full,
    /// Into pipes whose other ends are closed.
    Broken,
    /// Stderr into a pipe that is full, and open, and that nobody reads; stdout into the log.
    Stuck,
}

impl Streams {
    /// Whether what the server says on stdout can be read.
    pub fn tell(self) -> bool {
        matches!(self, Streams::Collected | Streams::Muted | Streams::Stuck)
    }

    /// Prepares a command. What it gives is to be kept as long as the server runs.
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
            Streams::Stuck => {
                let (reader, writer) = io::pipe()?;
                fill(&writer)?;
                command.stderr(writer);
                return Ok(Some(reader));
            }
        }
        Ok(None)
    }
}

/// Writes into a pipe until nothing more fits.
fn fill(mut pipe: &PipeWriter) -> Result<()> {
    let flags = fcntl_getfl(pipe)?;
    fcntl_setfl(pipe, flags | OFlags::NONBLOCK)?;
    // A page at a time, and then what is left of the last one.
    for piece in [&[b'.'; 4096][..], b"."] {
        while pipe.write(piece).is_ok() {}
    }
    // As the server would find any pipe.
    fcntl_setfl(pipe, flags)?;
    Ok(())
}
