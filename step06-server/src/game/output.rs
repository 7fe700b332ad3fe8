//! Output: writes lines to stdout and stderr without blocking the thread.
//!
//! Either stream can be a pipe that no process reads, or a terminal that was stopped.
//! Writing to it would block the only thread, and the game would stand still. Making the
//! stream non-blocking is no way out, because other processes share it. So on Unix a line
//! is written if the stream has room for it, and dropped otherwise. Errors are ignored: a
//! closed pipe or a full disk is no reason to end the game.
//!
//! On other systems these functions block for as long as the stream does.

use std::{
    fmt,
    io::{self, Write},
};

#[cfg(unix)]
use std::os::fd::AsFd;

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Prints a line to stdout, and flushes it.
pub fn print(line: fmt::Arguments<'_>) {
    let mut stdout = io::stdout();
    if has_room(&stdout) {
        let text = format!("{line}\n");
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }
}

/// Logs a line to stderr.
pub fn log(line: fmt::Arguments<'_>) {
    let _ = Log.write_all(format!("{line}\n").as_bytes());
}

/// Stderr, as a writer that drops what cannot be written without blocking.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr();
        if has_room(&stderr) { stderr.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether a line can be written without blocking. A pipe that has any room has
/// room for 4 KiB.
#[cfg(unix)]
fn has_room(stream: &impl AsFd) -> bool {
    let mut streams = [PollFd::new(stream, PollFlags::OUT)];
    poll(&mut streams, Some(&Timespec::default())) == Ok(1)
}

#[cfg(not(unix))]
fn has_room<S>(_: &S) -> bool {
    true
}
