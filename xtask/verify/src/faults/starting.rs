//! Faults while the server starts.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::scene::occurred;
use kit::verdict::{ensure, mismatch};
use suite::strace::Trace;
use suite::{
    Case, Ctx,
    client::{Client, PATIENCE},
    server::Program,
};

pub const CASES: &[Case] = &[
    Case::new(
        6,
        "a call fails while the server starts: status 1 and one line on stderr",
        cannot_start,
    ),
    Case::new(
        6,
        "getrandom fails with EAGAIN: the server plays on, or does not start, status 1 and one line",
        no_randomness,
    ),
];

/// The calls that a server may need to start, an error of each, and the words for it.
const CALLS: &[(&str, &str, &str)] = &[
    ("socket", "EMFILE", "Too many open files"),
    ("bind", "EACCES", "Permission denied"),
    ("listen", "ENOMEM", "Cannot allocate memory"),
    ("epoll_create1", "EMFILE", "Too many open files"),
    ("eventfd2", "EMFILE", "Too many open files"),
    ("epoll_ctl", "ENOSPC", "No space left"),
    ("socketpair", "ENFILE", "Too many open files"),
    ("pipe2", "ENFILE", "Too many open files"),
    ("signalfd4", "EMFILE", "Too many open files"),
];

/// How many calls a server makes at least to start: to bind, to listen, to create a poller, and to register there.
const FEWEST: usize = 5;

fn cannot_start(ctx: &Ctx<'_>) -> Result<()> {
    let mut injected = 0;
    for (call, error, words) in CALLS {
        // A server without faults shows how many calls it makes until it listens.
        let (trace, under) = Trace::new(call, None)?;
        let server = ctx.launch().under(under).args(&["60s"]).start()?;
        let made = trace.calls()?.made(call);
        drop(server);
        for number in 1..=made {
            let what = || format!("with {error} from {call}, number {number}");
            let (trace, under) = Trace::new(call, Some((error, &format!("{number}..{number}"))))?;
            let mut program = ctx.launch().under(under).args(&["2s"]).spawn()?;
            does_not_start(&mut program, words).with_context(what)?;
            let times = trace.calls()?.injected();
            ensure(times > 0, "the fault", "none").with_context(what)?;
            injected += times;
        }
    }
    occurred(injected, FEWEST)
}

/// Checks that the program ends with status 1, and prints one line on stderr that contains these words.
fn does_not_start(program: &mut Program, words: &str) -> Result<()> {
    let status = program.wait_exit(PATIENCE)?;
    let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
    let one_line = stderr.lines().count() == 1 && stderr.contains(words);
    ensure(
        status.code() == Some(1) && stdout.is_empty() && one_line,
        format!("status 1, and one line on stderr with {words:?}"),
        format!("{status}, stdout {stdout:?}, stderr {stderr:?}"),
    )
}

fn no_randomness(ctx: &Ctx<'_>) -> Result<()> {
    let (trace, under) = Trace::new("getrandom", Some(("EAGAIN", "1+")))?;
    let mut program = ctx.launch().under(under).args(&["60s"]).spawn()?;
    program.log().wait_until(PATIENCE, |printed| printed.line_or_end());
    // Without a target for its clients a server may refuse to start, but it must not end later because of one client.
    match program.log().listening_line(Duration::ZERO) {
        Ok(addr) => plays_on(&mut program, addr).context("while the server can draw no target")?,
        Err(_) => does_not_start(&mut program, "")?,
    }
    occurred(trace.calls()?.injected(), 1)
}

/// Checks that each client is answered or cut off, and that SIGTERM still ends the server with status 0.
fn plays_on(program: &mut Program, addr: SocketAddr) -> Result<()> {
    for _ in 0..3 {
        let mut client = Client::connect(addr)?;
        // The server may have cut it off already.
        let _ = client.send("0\n");
        match client.try_line()? {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => {
                return Err(mismatch("an answer, or the end of the connection", error.to_string()));
            }
        }
    }
    program.signal(Signal::TERM)?;
    let status = program.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0 after SIGTERM", status.to_string())
}
