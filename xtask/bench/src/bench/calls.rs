//! How many system calls a server makes for each guess, as strace counts them.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use crate::load::{Cores, Figures, PingPong, Program, Scenario, Subject, Unit};
use suite::client::PATIENCE;

/// The two runs: what they have in common, the start and the arrival of the clients, is in both, and their difference is
/// so many guesses.
const RUNS: [u64; 2] = [2000, 12_000];

/// Counts the system calls of a server with so many connections.
pub fn run(program: &Program, cores: Cores, conns: usize, note: &dyn Fn(&str)) -> Result<Figures> {
    let [few, many] = RUNS;
    let calls = |requests| calls(program, cores, conns, requests, note);
    let calls = calls(many)? as f64 - calls(few)? as f64;
    let mut figures = Figures::new("calls", &[("conns", conns)]);
    let each = calls / (many - few) as f64;
    figures.add("calls_per_request", "system calls per guess", each, Unit::Count);
    Ok(figures)
}

/// Counts the system calls of a server from its start to its end, with so many guesses in between.
fn calls(
    program: &Program,
    cores: Cores,
    conns: usize,
    requests: u64,
    note: &dyn Fn(&str),
) -> Result<u64> {
    let counts = NamedTempFile::new().context("cannot make a temporary file")?;
    // The server's grandchild and not its parent, so that the server's end is the end of what was started.
    let mut words = ["strace", "-D", "-f", "-c", "-o"].map(Into::into).to_vec();
    words.push(counts.path().into());
    let server = program.launch(cores).under(words).start()?;
    let mut subject = Subject::new(server)?;
    let guesses = PingPong { conns, depth: 1, secs: 0.0, requests: Some(requests) };
    Scenario::Pingpong(guesses).run(&mut subject, note)?;
    drop(subject);
    // strace writes when the server has ended, and nobody is told.
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(total) = total(&fs::read_to_string(counts.path())?) {
            return Ok(total);
        }
        if Instant::now() > until {
            bail!(
                "strace says nothing within {PATIENCE:?} after the server's end: is it allowed to trace?"
            );
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads the sum off what strace counted.
fn total(counts: &str) -> Option<u64> {
    let line = counts.lines().find(|line| line.trim_end().ends_with(" total"))?;
    // Percent, seconds, microseconds a call, calls, and maybe errors.
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_read_with_and_without_errors() {
        let counts = "% time     seconds  usecs/call     calls    errors syscall\n\
                      ------ ----------- ----------- --------- --------- ----------------\n\
                       60.12    0.010000           2      5000           sendto\n\
                      ------ ----------- ----------- --------- --------- ----------------\n\
                      100.00    0.016000           2      9123        12 total\n";
        assert_eq!(total(counts), Some(9123));
        assert_eq!(total(&counts.replace("        12 total", "           total")), Some(9123));
        assert_eq!(total(counts.rsplit_once("100.00").unwrap().0), None);
    }
}
