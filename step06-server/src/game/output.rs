//! Output: writes lines to stdout and stderr without blocking the thread.
//!
//! Either stream can be a pipe that no process reads, or a terminal that was stopped.
//! Writing to such a stream would block the only thread and stop the game. Making the
//! stream non-blocking is not an option, because other processes share it. So on Unix a
//! line is written if the stream has room for it, and dropped otherwise. Errors are
//! ignored, because a closed pipe or a full disk is no reason to end the game.
//!
//! On Windows these functions block for as long as the stream does. For example, a
//! console in which text is being selected stops the game until the selection ends.

use std::{
    fmt,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

/// How long a trace waits for a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints a line to stdout, and flushes it.
pub fn print(line: fmt::Arguments<'_>) {
    let mut stdout = io::stdout();
    if has_room(&stdout, Duration::ZERO) {
        let text = format!("{line}\n");
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }
}

/// Logs a line to stderr.
pub fn log(line: fmt::Arguments<'_>) {
    let mut stderr = io::stderr();
    if has_room(&stderr, Duration::ZERO) {
        let _ = stderr.write_all(format!("{line}\n").as_bytes());
    }
}

/// A writer to stderr, for the runtime's trace.
///
/// A trace with gaps misleads, so unlike [`log`], this writer waits for a slow reader. If
/// the stream has had no room for one second, the reader has probably stopped. From then
/// on, lines are dropped at once, until the stream has room again.
#[derive(Debug, Clone, Copy)]
pub struct Trace;

impl Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        static STUCK: AtomicBool = AtomicBool::new(false);
        let mut stderr = io::stderr();
        let patience = if STUCK.load(Relaxed) { Duration::ZERO } else { PATIENCE };
        let stuck = !has_room(&stderr, patience);
        STUCK.store(stuck, Relaxed);
        if stuck { Ok(bytes.len()) } else { stderr.write(bytes).or(Ok(bytes.len())) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the stream has room for a line, but no longer than `patience`. Returns
/// whether there is room. On Linux a pipe with any room at all has room for 4 KiB.
#[cfg(unix)]
fn has_room(stream: &impl std::os::fd::AsFd, patience: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let timeout = Timespec::try_from(patience).expect("a second fits");
    poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&timeout)) == Ok(1)
}

#[cfg(not(unix))]
fn has_room<S>(_: &S, _: Duration) -> bool {
    true
}
