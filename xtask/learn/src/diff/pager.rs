//! Shows long text: through a pager where a person looks, as it is otherwise.

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// Shows a text on stdout.
pub fn show(text: &str) -> Result<()> {
    let stdout = io::stdout();
    if stdout.is_terminal()
        && let Some(mut pager) = start()
    {
        if let Some(mut input) = pager.stdin.take() {
            // Whoever leaves the pager has seen enough: that closes the pipe, and is no error.
            let _ = input.write_all(text.as_bytes());
        }
        pager.wait().context("the pager failed: try again with PAGER=cat")?;
        return Ok(());
    }
    match stdout.lock().write_all(text.as_bytes()) {
        // The reader, `head` say, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout: send it somewhere else"),
    }
}

/// Starts `$PAGER`, or `less` such that it lets colours through and ends at once when all fits the screen.
fn start() -> Option<Child> {
    let pager = env::var("PAGER").unwrap_or_default();
    let mut words = pager.split_whitespace();
    let mut command = match words.next() {
        Some("cat") => return None,
        Some(program) => {
            let mut command = Command::new(program);
            command.args(words);
            command
        }
        None => {
            let mut command = Command::new("less");
            command.arg("-FRX");
            command
        }
    };
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    // Without a pager the text is still worth seeing.
    command.stdin(Stdio::piped()).spawn().ok()
}
