//! `cargo xtask sanitize`: the last step under the eyes of tools that see what no test does: memory used after its end
//! or never given back, and descriptors left open.
//!
//! The workspace has no unsafe code. What it uses has, and what it forgets need not be unsafe to be lost.

use std::{
    env,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use kit::{
    binaries::{Limits, Test},
    cargo,
    report::{Failure, Report},
    steps::{Step, Workspace},
    verdict::{Skip, ensure, mismatch},
};
use suite::{bisection, client::Client, server::Launch};

/// How many play while valgrind looks on. It slows the server down some thirty times.
const CLIENTS: usize = 36;

/// The only platform for which the standard library brings what AddressSanitizer needs, of those that we know.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Tests that AddressSanitizer cannot run, with the reason.
const LEFT_OUT: [(&str, &str); 4] = [
    ("leave_no_memory_behind", "AddressSanitizer keeps freed memory for a while"),
    ("owns_no_buffers", "AddressSanitizer keeps freed memory for a while"),
    ("a_join_in_another_executor", "the test leaks on purpose"),
    ("a_payload_that_panics", "the test leaks on purpose"),
];

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How valgrind is to look: at reads and writes, at what is lost for good, and at descriptors.
const VALGRIND: &[&str] = &[
    "--error-exitcode=9",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite",
    "--fair-sched=yes",
    "--track-fds=yes",
];

/// Runs the last step's tests under AddressSanitizer and its server under valgrind.
pub fn check(workspace: &Workspace, note: &dyn Fn(&str)) -> Result<Report> {
    let began = Instant::now();
    let step = workspace.steps.last().context("there are no steps")?;
    let mut report = tests(workspace, step, note)?;
    note("a game under valgrind");
    match game(workspace, step) {
        Ok(()) => report.passed += 1,
        Err(error) => match error.downcast_ref::<Skip>() {
            Some(Skip(reason)) => report.skipped.push(reason.clone()),
            None => report.failures.push(Failure {
                name: "valgrind finds nothing in a game".to_owned(),
                detail: format!("{error:#}"),
            }),
        },
    }
    report.took = began.elapsed();
    Ok(report)
}

/// The tests, all but the models and the documentation's, under AddressSanitizer.
fn tests(workspace: &Workspace, step: &Step, note: &dyn Fn(&str)) -> Result<Report> {
    let is_known = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));
    if !is_known {
        let skipped = vec![format!("AddressSanitizer: run it where programs are for {TARGET}")];
        return Ok(Report { skipped, ..Report::default() });
    }
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let mut cargo = cargo::command(&workspace.root);
    cargo
        .args(["test", "--quiet", "--tests", "--target", TARGET, "--package", &step.name])
        // The stable compiler has this flag only when it is asked like this.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", format!("{flags} -Zsanitizer=address").trim())
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", cargo::target(&workspace.root)?.join("asan"));
    let limits = Limits { deadline: None, patience: PATIENCE, fail_fast: false };
    let left_out = |test: &Test| LEFT_OUT.iter().any(|(name, _)| test.name.contains(name));
    Ok(cargo::tests_but(cargo, &step.name, limits, &left_out, note))
}

/// A game under valgrind.
fn game(workspace: &Workspace, step: &Step) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        let reason = "valgrind: it is not installed: get it with `apt-get install valgrind`";
        return Err(Skip(reason.to_owned()).into());
    }
    let binary = cargo::server(workspace, step)?;
    let binary = binary.to_str().context("the target folder has a name that is no text")?;
    let args = [VALGRIND, &[binary, "127.0.0.1:0", "120s"]].concat();
    let launch = Launch::new(Path::new("valgrind")).only_args(&args);
    let log = launch.log();
    played(launch).with_context(|| log.stderr())
}

/// Plays a game with everything in it, and looks at what valgrind says of it.
fn played(launch: Launch) -> Result<()> {
    let mut server = launch.start()?;
    let (mut winner, mut others) = (Client::connect(server.addr())?, Vec::new());
    for number in 0..CLIENTS {
        let mut client = Client::connect(server.addr())?;
        match number % 4 {
            0 => client.ask("0\n", "Too low!")?,
            1 => client.ask("nonsense\n", "Invalid input. Please enter a number.")?,
            2 => client.send("x".repeat(3000))?,
            // It comes, and is gone.
            _ => continue,
        }
        others.push(client);
    }
    bisection::win(&mut winner)?;
    winner.expect_rest("")?;
    for mut other in others {
        let rest = other.rest()?;
        ensure(rest.ends_with("Someone else won.\n"), "the last line", format!("{rest:?}"))?;
    }
    let status = server.wait_exit(suite::client::PATIENCE)?;
    let stderr = server.log().stderr();
    ensure(
        status.success(),
        "exit status 0, which says that valgrind found nothing",
        status.to_string(),
    )?;
    match left_open(&stderr).as_slice() {
        [] => Ok(()),
        open => Err(mismatch("no descriptor open at the end", open.join("\n"))),
    }
}

/// The descriptors that the server opened and did not close, as valgrind tells of them.
fn left_open(stderr: &str) -> Vec<&str> {
    let lines: Vec<&str> = stderr.lines().collect();
    let opened = |pair: &[&str]| pair[0].contains(" Open ") && !pair[1].contains("<inherited");
    let opened = lines.windows(2).filter(|pair| opened(pair));
    // What the process was given in the first place is not its own to close.
    opened.map(|pair| pair[0]).filter(|line| !is_standard(line)).collect()
}

/// Whether that is stdin, stdout or stderr.
fn is_standard(line: &str) -> bool {
    ["descriptor 0:", "descriptor 1:", "descriptor 2:"].iter().any(|name| line.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inherited_is_not_left_open() {
        let said = "\
            ==7== FILE DESCRIPTORS: 5 open (3 std) at exit.\n\
            ==7== Open AF_INET socket 6: 127.0.0.1:8080 <-> unbound\n\
            ==7==    at 0x4A: socket\n\
            ==7== \n\
            ==7== Open file descriptor 2: /dev/null\n\
            ==7==    at 0x4A: open\n\
            ==7== \n\
            ==7== Open file descriptor 5: /dev/null\n\
            ==7==    <inherited from parent>\n";
        assert_eq!(left_open(said), ["==7== Open AF_INET socket 6: 127.0.0.1:8080 <-> unbound"]);
    }
}
