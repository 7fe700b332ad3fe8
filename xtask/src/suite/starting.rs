//! Rules about the command line, and about starting.

use std::{
    fs::{self, Permissions},
    io::ErrorKind,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use rustix::process::geteuid;
use tempfile::TempDir;

use super::{Case, Ctx};
use crate::{
    bisection,
    client::{Client, PATIENCE},
    server::Launch,
    verdict::{Skip, ensure, mismatch},
};

/// The user whom nothing belongs to.
const NOBODY: u32 = 65534;

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(
        1,
        "the one line on stdout says where it listens, and the port is real",
        one_line_on_stdout,
    ),
    Case::new(1, "without arguments it listens on 127.0.0.1:8080", default_addr),
    Case::new(1, "a duration is 500ms, 1s, or a bare number of seconds", short_durations),
    Case::new(1, "a duration of 5m or 300s is a long one", long_durations),
    Case::new(1, "an address in use gives status 1 and one line on stderr", address_in_use),
    Case::new(
        1,
        "an address that makes no sense gives status 1 and one line on stderr",
        senseless_address,
    ),
    Case::new(
        1,
        "a port that is not permitted gives status 1 and one line on stderr",
        not_permitted,
    ),
    Case::new(1, "wrong arguments give status 2 and the usage on stderr", wrong_arguments),
    Case::new(6, "wrong limits give status 2 and the usage on stderr", wrong_limits),
    Case::new(1, "asked for help it prints the usage on stdout, status 0", help),
];

fn one_line_on_stdout(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    // It was read while the server runs, so it was flushed.
    let line = format!("listening on {}\n", server.addr());
    let mut client = Client::connect(server.addr())?;
    client.ask("words\n", "Invalid input. Please enter a number.")?;
    bisection::win(&mut client)?;
    client.expect_rest("")?;
    let status = server.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let stdout = server.log().stdout();
    ensure(stdout == line, format!("{line:?} on stdout"), format!("{stdout:?}"))
}

fn default_addr(ctx: &Ctx<'_>) -> Result<()> {
    // Somebody else may have the port. Then the server says so, and names it.
    let mut program = ctx.launch().only_args(&[]).spawn()?;
    program.log().wait_until(PATIENCE, |said| said.line_or_end());
    let stdout = program.log().stdout();
    if stdout == "listening on 127.0.0.1:8080\n" {
        return Ok(());
    }
    let status = program.wait_exit(PATIENCE);
    let stderr = program.log().stderr();
    ensure(
        stdout.is_empty() && status.is_ok() && stderr.contains("127.0.0.1:8080"),
        "listening on 127.0.0.1:8080, or one line that this address is in use",
        format!("stdout {stdout:?}, stderr {stderr:?}"),
    )
}

fn short_durations(ctx: &Ctx<'_>) -> Result<()> {
    for (duration, least) in [("500ms", 500), ("1s", 1000), ("1", 1000)] {
        super::ending::times_up(ctx, duration, Duration::from_millis(least))
            .with_context(|| format!("with the duration {duration}"))?;
    }
    Ok(())
}

fn long_durations(ctx: &Ctx<'_>) -> Result<()> {
    // Were it milliseconds, the game would be over by then.
    for duration in ["5m", "300s", "1000"] {
        let server = ctx.start(duration, &[])?;
        let mut client = Client::connect(server.addr())?;
        client
            .expect_silence(Duration::from_millis(50))
            .and_then(|()| client.ask("0\n", "Too low!"))
            .with_context(|| format!("with the duration {duration}"))?;
    }
    Ok(())
}

/// Makes sure that the server does not start, and says why in one line that names the address.
fn does_not_start(launch: Launch, addr: &str) -> Result<()> {
    let mut program = launch.only_args(&[addr, "60s"]).spawn()?;
    let status = program.wait_exit(PATIENCE)?;
    ensure(status.code() == Some(1), "exit status 1", status.to_string())?;
    let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
    ensure(stdout.is_empty(), "nothing on stdout", format!("{stdout:?}"))?;
    ensure(
        stderr.lines().count() == 1 && stderr.contains(addr) && !stderr.contains("panicked"),
        format!("one line on stderr that names the address {addr:?}"),
        format!("{stderr:?}"),
    )
}

fn address_in_use(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    does_not_start(ctx.launch(), &server.addr().to_string())?;
    // The first one does not notice.
    Client::connect(server.addr())?.ask("0\n", "Too low!")
}

fn senseless_address(ctx: &Ctx<'_>) -> Result<()> {
    // The last one is for documents: it makes sense, but no machine has it.
    for addr in ["nonsense", "127.0.0.1", "127.0.0.1:99999", "192.0.2.1:0"] {
        does_not_start(ctx.launch(), addr).with_context(|| format!("with the address {addr}"))?;
    }
    Ok(())
}

fn not_permitted(ctx: &Ctx<'_>) -> Result<()> {
    let addr = "127.0.0.1:1";
    match TcpListener::bind(addr) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            does_not_start(ctx.launch(), addr)
        }
        // To the superuser everything is permitted, so the server is started as somebody else.
        _ if geteuid().is_root() && !every_port_is_free() => {
            let dir = TempDir::new()?;
            fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
            let copy = dir.path().join("server");
            // By a process of its own: a file that this one has open for writing, another case's child might inherit
            // as it is started, and a program that somebody may write to cannot be run.
            let copied = Command::new("cp").arg(&ctx.target.binary).arg(&copy).status();
            let copied = copied.context("cannot start `cp`")?;
            ensure(copied.success(), "a copy of the server", format!("`cp`: {copied}"))?;
            fs::set_permissions(&copy, Permissions::from_mode(0o755))?;
            does_not_start(ctx.launch().program(copy).user(NOBODY), addr)
        }
        _ => {
            let reason = "here every port is permitted to everybody: run it on another system";
            Err(Skip(reason.to_owned()).into())
        }
    }
}

/// Whether the system lets everybody have every port, as some containers do.
fn every_port_is_free() -> bool {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    first.is_ok_and(|first| first.trim().parse().is_ok_and(|first: u16| first <= 1))
}

/// Makes sure that the server ends with status 2 and the usage on stderr.
fn wants_other_arguments(launch: Launch, args: &[&str]) -> Result<()> {
    let mut program = launch.only_args(args).spawn()?;
    let status = program.wait_exit(PATIENCE)?;
    let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
    let usage = stderr.to_lowercase().contains("usage");
    if status.code() == Some(2) && usage && stdout.is_empty() {
        return Ok(());
    }
    Err(mismatch(
        format!("status 2 and the usage on stderr for the arguments {args:?}"),
        format!("{status}, stdout {stdout:?}, stderr {stderr:?}"),
    ))
}

fn wrong_arguments(ctx: &Ctx<'_>) -> Result<()> {
    let addr = "127.0.0.1:0";
    for args in [
        &[addr, "60s", "more"][..],
        &[addr, "soon"],
        &[addr, "-5s"],
        &[addr, ""],
        &[addr, "10 parsecs"],
        &[addr, "60s", "--no-such-flag"],
        &["--no-such-flag"],
    ] {
        wants_other_arguments(ctx.launch(), args)?;
    }
    Ok(())
}

fn wrong_limits(ctx: &Ctx<'_>) -> Result<()> {
    let addr = "127.0.0.1:0";
    for args in [
        &[addr, "60s", "--drain", "soon"][..],
        &[addr, "60s", "--drain"],
        &[addr, "60s", "--max-clients", "many"],
        &[addr, "60s", "--max-clients", "-1"],
    ] {
        wants_other_arguments(ctx.launch(), args)?;
    }
    Ok(())
}

fn help(ctx: &Ctx<'_>) -> Result<()> {
    let mut program = ctx.launch().only_args(&["--help"]).spawn()?;
    let status = program.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    let stdout = program.log().stdout();
    for word in ["ADDR", "DURATION", "127.0.0.1:8080", "300s"] {
        let expected = format!("usage on stdout with {word}");
        ensure(stdout.contains(word), expected, format!("{stdout:?}"))?;
    }
    Ok(())
}
