//! `cargo xtask sanitize`: runs the last step under tools that see what no test sees, which is memory that is used after
//! its end or never freed, and descriptors that stay open.
//!
//! The workspace has no unsafe code, but its dependencies have some, and safe code can leak.

use std::{
    env,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use kit::{
    cargo,
    report::{Failure, Report},
    steps::{Step, Workspace},
    verdict::{Skip, ensure, mismatch},
};
use suite::{INVALID, SOMEONE_WON, client::Client, server::Launch};

/// How many clients play under valgrind, which slows the server down some thirty times.
const CLIENTS: usize = 36;

/// The platform for which the standard library brings what AddressSanitizer needs.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Tests that do not run under AddressSanitizer. It keeps freed memory for a while, which the first two would count, and
/// the other two leak on purpose.
const LEFT_OUT: [&str; 4] = [
    "leave_no_memory_behind",
    "owns_no_buffers",
    "a_join_in_another_executor",
    "a_payload_that_panics",
];

/// How long the tests may take, with the time to compile them.
const PATIENCE: Duration = Duration::from_secs(600);

/// Makes valgrind look at reads and writes, at memory that is lost for good, and at descriptors.
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
    let mut report = Report::default();
    note("the tests under AddressSanitizer");
    let tests = tests(workspace, step).map(|passed| report.passed += passed);
    note("a game under valgrind");
    let game = game(workspace, step).map(|()| report.passed += 1);
    for (what, outcome) in [("AddressSanitizer", tests), ("valgrind", game)] {
        let Err(error) = outcome else { continue };
        if let Some(Skip(reason)) = error.downcast_ref() {
            report.skipped.push(format!("{what}: {reason}"));
        } else {
            let (name, detail) = (format!("{what} finds nothing"), format!("{error:#}"));
            report.failures.push(Failure { name, detail });
        }
    }
    report.took = began.elapsed();
    Ok(report)
}

/// Compiles the tests for AddressSanitizer.
pub fn build(workspace: &Workspace) -> Result<()> {
    let step = workspace.steps.last().context("there are no steps")?;
    cargo_test(workspace, step, &["--no-run"])?.spawn()?.wait_exit(PATIENCE).map(drop)
}

/// Runs the tests, except for the models and the documentation's, under AddressSanitizer. Returns how many passed.
fn tests(workspace: &Workspace, step: &Step) -> Result<usize> {
    let mut args = vec!["--no-fail-fast", "--"];
    args.extend(LEFT_OUT.iter().flat_map(|test| ["--skip", test]));
    let mut program = cargo_test(workspace, step, &args)?.spawn()?;
    let status = program.wait_exit(PATIENCE)?;
    let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
    ensure(status.success(), "exit status 0", format!("{status}\n{stdout}\n{stderr}"))?;
    let results = stdout.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    Ok(results.filter_map(|line| line.split(' ').next()?.parse::<usize>().ok()).sum())
}

/// A call of `cargo test` with AddressSanitizer.
fn cargo_test(workspace: &Workspace, step: &Step, args: &[&str]) -> Result<Launch> {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let target = cargo::target(&workspace.root)?.join("asan");
    runtime()?;
    let manifest = workspace.root.join("Cargo.toml");
    // The stable compiler takes the flag only with RUSTC_BOOTSTRAP. One process for all tests of a binary looks for leaks
    // once, which takes longer than most tests.
    let mut under = vec!["env".into(), "RUSTC_BOOTSTRAP=1".into(), "RUST_BACKTRACE=0".into()];
    under.push(format!("RUSTFLAGS={flags} -Zsanitizer=address").into());
    under.push(format!("CARGO_TARGET_DIR={}", target.display()).into());
    let manifest = manifest.to_str().context("the path of the workspace is not UTF-8")?;
    let call = ["test", "--manifest-path", manifest, "--package", &step.name, "--test", "*"];
    let args = [&call[..], &["--target", TARGET, "--quiet"], args].concat();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Ok(Launch::new(Path::new(&cargo)).under(under).only_args(&args))
}

/// Skips the tests where AddressSanitizer's part of the standard library is missing.
fn runtime() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let args = ["--print", "target-libdir", "--target", TARGET];
    let output = Command::new(rustc).args(args).output().context("cannot start rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_known = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));
    if is_known && files.any(|file| file.file_name().to_string_lossy().ends_with("_rt.asan.a")) {
        return Ok(());
    }
    Err(Skip(format!("needs rustup's toolchain for {TARGET}, which has its runtime")).into())
}

/// Plays a game under valgrind.
fn game(workspace: &Workspace, step: &Step) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        let reason = "not installed. Install it, most systems have a package of that name";
        return Err(Skip(reason.to_owned()).into());
    }
    let binary = cargo::program(workspace, &step.name, &["--quiet", "--bin", &step.name])?;
    let binary = binary.to_str().context("the path of the target folder is not UTF-8")?;
    let args = [VALGRIND, &[binary, "127.0.0.1:0", "120s"]].concat();
    let launch = Launch::new(Path::new("valgrind")).only_args(&args);
    let log = launch.log();
    played(launch).with_context(|| log.stderr())
}

/// Plays a game with everything in it, and looks at what valgrind reports.
fn played(launch: Launch) -> Result<()> {
    let mut server = launch.start()?;
    let (mut winner, mut others) = (Client::connect(server.addr())?, Vec::new());
    for number in 0..CLIENTS {
        let mut client = Client::connect(server.addr())?;
        match number % 4 {
            0 => client.ask("0\n", "Too low!")?,
            1 => client.ask("nonsense\n", INVALID)?,
            2 => client.send("x".repeat(3000))?,
            // The client connects and leaves.
            _ => continue,
        }
        others.push(client);
    }
    suite::win(&mut winner)?;
    for mut other in others {
        let rest = other.rest()?;
        ensure(rest.ends_with(SOMEONE_WON), "the last line", format!("{rest:?}"))?;
    }
    let status = server.wait_exit(suite::client::PATIENCE)?;
    ensure(status.success(), "exit status 0: valgrind found nothing", status.to_string())?;
    let stderr = server.log().stderr();
    match left_open(&stderr).as_slice() {
        [] => Ok(()),
        open => Err(mismatch("no descriptor open at the end", open.join("\n"))),
    }
}

/// The lines in which valgrind reports descriptors that the server opened and did not close.
fn left_open(stderr: &str) -> Vec<&str> {
    let is_standard = |line: &str| (0..3).any(|it| line.contains(&format!("descriptor {it}:")));
    let lines: Vec<&str> = stderr.lines().collect();
    let opened = lines.windows(2).filter(|pair| {
        pair[0].contains(" Open ") && !pair[1].contains("<inherited") && !is_standard(pair[0])
    });
    opened.map(|pair| pair[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inherited_descriptor_is_not_left_open() {
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
