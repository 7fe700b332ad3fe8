//! Output on stdout and stderr.
//!
//! A pipe that its reader has closed is no error: `cargo xtask check 3 | head -1` has the verdict of the check. Any other
//! failure to write, such as a full disk, makes the command fail.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    sync::Mutex,
};

use anyhow::{Context, Result};

/// The first failure to write to stdout. After a failure, nothing more is written.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints to stdout, as `print!` does.
#[macro_export]
macro_rules! out {
    ($($arg:tt)*) => { $crate::out::print(format_args!($($arg)*)) };
}

/// Prints a line to stdout, as `println!` does.
#[macro_export]
macro_rules! outln {
    ($($arg:tt)*) => { $crate::out::print(format_args!("{}\n", format_args!($($arg)*))) };
}

/// Prints a line to stderr, as `eprintln!` does. A failure to write there is ignored, because there is no place left to
/// report it.
#[macro_export]
macro_rules! note {
    ($($arg:tt)*) => { $crate::out::note(format_args!($($arg)*)) };
}

/// Prints to stdout.
pub fn print(text: fmt::Arguments<'_>) {
    let Ok(mut failed) = FAILED.lock() else { return };
    if failed.is_none() {
        let mut stdout = io::stdout().lock();
        *failed = stdout.write_fmt(text).and_then(|()| stdout.flush()).err();
    }
}

/// Prints a line to stderr.
pub fn note(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Fails if stdout took not all of the output, unless its reader has closed it.
pub fn finish() -> Result<()> {
    let failed = FAILED.lock().ok().and_then(|mut failed| failed.take());
    match failed {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(()),
    }
}
