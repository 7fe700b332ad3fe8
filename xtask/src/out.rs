//! Output that ends when nobody reads it any more, as that of `cargo xtask … | head` does.

use std::{
    fmt,
    io::{self, Write},
    panic,
};

/// What unwinds when nobody reads the output any more: servers are stopped on the way, and nothing is reported.
#[derive(Debug)]
pub struct HungUp;

/// Prints to stdout, as `print!` does.
macro_rules! out {
    ($($arg:tt)*) => { $crate::out::print(format_args!($($arg)*)) };
}

/// Prints a line to stdout, as `println!` does.
macro_rules! outln {
    ($($arg:tt)*) => { $crate::out::print(format_args!("{}\n", format_args!($($arg)*))) };
}

pub(crate) use {out, outln};

/// Prints to stdout.
pub fn print(text: fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    if stdout.write_fmt(text).and_then(|()| stdout.flush()).is_err() {
        panic::resume_unwind(Box::new(HungUp));
    }
}
