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
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use super::{Case, Ctx, answers::INVALID, ending, idle, shutdown::SHUTTING_DOWN};
use crate::{
    client::{Client, PATIENCE},
    server::Launch,
};
use kit::verdict::{Skip, ensure, mismatch};

/// The id of a user without permissions.
const NOBODY: u32 = 65534;

pub(super) const CASES: &[Case] = &[
    Case::new(
        1,
        "stdout has one line, which names the address, and a client can connect there",
        one_line_on_stdout,
    ),
    Case::new(1, "without arguments it listens on 127.0.0.1:8080", default_addr),
    Case::new(1, "a duration is 500ms, 1s or a bare number of seconds", short_durations),
    Case::new(
        1,
        "a duration of 5m or 300s is not over at once, nor is the longest number",
        long_durations,
    ),
    Case::new(1, "an address in use gives status 1 and one line on stderr", address_in_use),
    Case::new(
        1,
        "an address that cannot be used gives status 1 and one line on stderr",
        useless_address,
    ),
    Case::new(1, "a port without permission gives status 1 and one line on stderr", not_permitted),
    Case::new(1, "wrong arguments give status 2 and the usage on stderr", wrong_arguments),
    Case::new(1, "--help prints the usage on stdout, status 0", help),
    Case::new(6, "wrong options give status 2 and the usage on stderr", wrong_options),
    Case::new(6, "--help names every option", help_with_options),
    Case::new(6, "--version prints one line on stdout, status 0", version),
    Case::new(6, "--quiet and -q leave out the lines about single clients", quiet),
];

fn one_line_on_stdout(ctx: &Ctx<'_>) -> Result<()> {
    let mut server = ctx.start("60s", &[])?;
    // The server still runs and the line has arrived, so the server has flushed it.
    let line = format!("listening on {}\n", server.addr());
    let mut client = Client::connect(server.addr())?;
    client.ask("words\n", INVALID)?;
    ending::win(&mut client)?;
    ending::ends_well(&mut server)?;
    let stdout = server.log().stdout();
    ensure(stdout == line, format!("{line:?} on stdout"), format!("{stdout:?}"))
}

fn default_addr(ctx: &Ctx<'_>) -> Result<()> {
    // Another program may have the port. Then the server names the address on stderr.
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
        "listening on 127.0.0.1:8080, or a line that this address is in use",
        format!("stdout {stdout:?}, stderr {stderr:?}"),
    )
}

fn short_durations(ctx: &Ctx<'_>) -> Result<()> {
    for (duration, least) in [("500ms", 500), ("1s", 1000), ("1", 1000)] {
        ending::times_up(ctx, duration, Duration::from_millis(least))
            .with_context(|| format!("with the duration {duration}"))?;
    }
    Ok(())
}

fn long_durations(ctx: &Ctx<'_>) -> Result<()> {
    // A server that took these for milliseconds would have ended the game by then.
    for duration in ["5m", "300s", "1000", "18446744073709551615"] {
        let server = ctx.start(duration, &[])?;
        let mut client = Client::connect(server.addr())?;
        client
            .expect_silence(Duration::from_millis(50))
            .and_then(|()| client.ask("0\n", "Too low!"))
            .with_context(|| format!("with the duration {duration}"))?;
    }
    Ok(())
}

/// Checks that the server does not start, and prints one line on stderr that names the address.
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
    // The first server plays on.
    Client::connect(server.addr())?.ask("0\n", "Too low!")
}

fn useless_address(ctx: &Ctx<'_>) -> Result<()> {
    // The last address is reserved for documentation: it can be parsed, but no machine has it.
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
        // The superuser may use every port, so start the server as another user.
        _ if geteuid().is_root() && !every_port_is_free() => {
            let dir = TempDir::new()?;
            fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
            let copy = dir.path().join("server");
            // Another process copies the file. If this one did, a server that another case starts could inherit the
            // file open for writing, and the system does not run such a program.
            let copied = Command::new("cp").arg(&ctx.target.binary).arg(&copy).status();
            let copied = copied.context("cannot start `cp`")?;
            ensure(copied.success(), "a copy of the server", format!("`cp`: {copied}"))?;
            fs::set_permissions(&copy, Permissions::from_mode(0o755))?;
            does_not_start(Launch { binary: copy, user: Some(NOBODY), ..ctx.launch() }, addr)
        }
        _ => {
            let reason = "every user of this system may use every port: run it on another system";
            Err(Skip(reason.to_owned()).into())
        }
    }
}

/// Whether the system lets every user have every port, as some containers do.
fn every_port_is_free() -> bool {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    first.is_ok_and(|first| first.trim().parse().is_ok_and(|first: u16| first <= 1))
}

/// Checks that the server ends with status 2 and prints its usage on stderr.
fn prints_usage(launch: Launch, args: &[&str]) -> Result<()> {
    let mut program = launch.only_args(args).spawn()?;
    let status = program.wait_exit(PATIENCE).with_context(|| format!("with {args:?}"))?;
    let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
    if status.code() == Some(2) && is_usage(&stderr) && stdout.is_empty() {
        return Ok(());
    }
    Err(mismatch(
        format!("status 2 and the usage on stderr for the arguments {args:?}"),
        format!("{status}, stdout {stdout:?}, stderr {stderr:?}"),
    ))
}

/// Whether a text shows the usage: the word itself, and both arguments.
fn is_usage(text: &str) -> bool {
    text.to_lowercase().contains("usage") && text.contains("ADDR") && text.contains("DURATION")
}

fn wrong_arguments(ctx: &Ctx<'_>) -> Result<()> {
    let addr = "127.0.0.1:0";
    for args in [
        &[addr, "60s", "more"][..],
        &[addr, "soon"],
        &[addr, "-5s"],
        &[addr, ""],
        &[addr, "s"],
        &[addr, "1.5"],
        &[addr, "+5s"],
        &[addr, "10 parsecs"],
        // It does not fit 64 bits.
        &[addr, "18446744073709551616"],
        &[addr, "60s", "--no-such-option"],
        &["--no-such-option"],
        &["-x"],
    ] {
        prints_usage(ctx.launch(), args)?;
    }
    Ok(())
}

fn wrong_options(ctx: &Ctx<'_>) -> Result<()> {
    let addr = "127.0.0.1:0";
    for args in [
        &[addr, "60s", "--drain", "soon"][..],
        &[addr, "60s", "--drain"],
        &[addr, "60s", "--max-clients", "many"],
        &[addr, "60s", "--max-clients", "-1"],
        &[addr, "60s", "--max-clients"],
        &[addr, "60s", "--quiet=yes"],
        &[addr, "60s", "-q", "more"],
    ] {
        prints_usage(ctx.launch(), args)?;
    }
    Ok(())
}

/// Starts the server with one argument with which it has to print something on stdout and end with status 0.
fn prints(ctx: &Ctx<'_>, arg: &str) -> Result<String> {
    let mut program = ctx.launch().only_args(&[arg]).spawn()?;
    let status = program.wait_exit(PATIENCE)?;
    ensure(status.success(), "exit status 0", status.to_string())?;
    Ok(program.log().stdout())
}

fn help(ctx: &Ctx<'_>) -> Result<()> {
    let stdout = prints(ctx, "--help")?;
    ensure(is_usage(&stdout), "the usage with ADDR and DURATION on stdout", format!("{stdout:?}"))
}

fn help_with_options(ctx: &Ctx<'_>) -> Result<()> {
    let stdout = prints(ctx, "--help")?;
    for option in ["--max-clients", "--drain", "--quiet", "--version"] {
        let expected = format!("help on stdout with {option}");
        ensure(stdout.contains(option), expected, format!("{stdout:?}"))?;
    }
    Ok(())
}

fn version(ctx: &Ctx<'_>) -> Result<()> {
    let stdout = prints(ctx, "--version")?;
    ensure(
        stdout.lines().count() == 1 && stdout.contains(|c: char| c.is_ascii_digit()),
        "one line with the version on stdout",
        format!("{stdout:?}"),
    )
}

fn quiet(ctx: &Ctx<'_>) -> Result<()> {
    for args in [&["--quiet"][..], &["-q"], &["-q", "--drain=2s", "--max-clients=3"]] {
        let mut server = ctx.start("60s", args)?;
        let mut clients = idle::connect(&server, 3)?;
        let addrs = clients.iter().map(Client::addr).collect::<Result<Vec<_>>>()?;
        clients.pop().context("there are clients")?.abort()?;
        drop(clients.pop());
        server.signal(Signal::TERM)?;
        clients[0].expect_rest(SHUTTING_DOWN)?;
        drop(clients);
        ending::ends_well(&mut server)?;
        let stderr = server.log().stderr();
        ensure(
            addrs.iter().all(|addr| !stderr.contains(&addr.to_string())),
            format!("no line about a client on stderr with {args:?}"),
            format!("{stderr:?}"),
        )?;
    }
    Ok(())
}
