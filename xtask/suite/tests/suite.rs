//! The suite notices when a server breaks a rule.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// The faults of the wrong server: the fault, the rule that it breaks, and what the report has to say was expected and
/// came.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "says high",
        "a number below the target is too low",
        "expected: \"Too low!\"",
        "got: \"Too high!\"",
    ),
    (
        "takes a sign",
        "a number is ASCII digits only",
        "after sending \"+0\\n\"",
        "got: \"Too low!\"",
    ),
    (
        "loses a full buffer",
        "lines that fill a buffer exactly",
        "after 4096 bytes in 64 lines",
        "got: nothing within",
    ),
    (
        "mixes up an answer",
        "a client that reads byte by byte",
        "expected: 40000 times the answers to",
        "got: another byte at position",
    ),
    (
        "shifts its buffer",
        "a burst of four times the lines",
        "expected: a burst of 1048576 bytes costs at most",
        "and a quarter of it costs",
    ),
    (
        "piles up answers",
        "a million lines from a client that never reads",
        "expected: at most 8192 KiB more memory",
        "KiB more",
    ),
    ("talks", "stdout has one line", "\\n\" on stdout", "the game is over"),
    (
        "says no goodbye",
        "a win gives every client its last line",
        "expected: \"Game over! Someone else won.\\n\" and the end of the file",
        "got: \"\" and the end of the file",
    ),
    (
        "fails",
        "a win gives every client its last line",
        "expected: exit status 0",
        "got: exit status: 3",
    ),
    (
        "ends early",
        "a time-out gives every client its last line",
        "expected: the end after 300ms",
        "got: the end after ",
    ),
    (
        "one target",
        "each connection has a target of its own",
        "expected: targets of 60 connections on both sides of 50",
        "got: 60 below and 0 above",
    ),
    (
        "panics",
        "a client that closes or resets",
        "expected: no panic",
        "got: a panic, see the server's stderr",
    ),
    ("burns CPU", "clients that have left cost no CPU", "expected: no CPU used in 1s", "got: "),
];

/// Rules that begin at step 06 because a plain server breaks them.
const LATER: &[&str] = &[
    "SIGINT and SIGTERM give every client its last line",
    "a client that floods when a signal comes",
    "a line without an end",
    "a line over 1 KiB",
    "closed or on a full disk",
    "without free descriptors",
];

/// Runs a part of the suite against the wrong server. Returns whether it passed, and what it printed.
fn suite(level: &str, fault: &str, only: &str) -> (bool, String) {
    let xtask = Path::new(env!("CARGO_BIN_EXE_xtask-suite"));
    let server = xtask.with_file_name("examples").join("wrong_server");
    assert!(server.exists(), "build it first: cargo test builds all");
    let output = Command::new(xtask)
        .args(["suite", level, "--only", only, "--binary"])
        .arg(server)
        .env("FAULT", fault)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), printed)
}

#[test]
fn a_server_that_breaks_a_rule_fails_with_what_was_expected_and_what_came() {
    let check = |(fault, rule, expected, got): &(&str, &str, &str, &str)| {
        let (passed, printed) = suite("1", fault, rule);
        assert!(!passed, "{fault}: not noticed\n{printed}");
        for words in [&format!("FAILED {rule}")[..], expected, got, "0 passed, 1 failed"] {
            assert!(printed.contains(words), "{fault}: no {words:?} in\n{printed}");
        }
    };
    // Side by side, because some rules take ten seconds to fail. The server that burns a core would slow the others
    // down, so it runs alone.
    let (alone, others): (Vec<_>, Vec<_>) =
        FAULTS.iter().partition(|(fault, ..)| *fault == "burns CPU");
    thread::scope(|scope| {
        for fault in others {
            scope.spawn(move || check(fault));
        }
    });
    alone.into_iter().for_each(check);
}

#[test]
fn a_failure_shows_what_the_server_printed_and_how_it_ended() {
    let (_, printed) = suite("1", "fails", "a win gives every client its last line");
    for words in ["stdout:", "listening on 127.0.0.1:", "ended with exit status: 3"] {
        assert!(printed.contains(words), "no {words:?} in\n{printed}");
    }
}

#[test]
fn a_server_that_keeps_a_rule_passes() {
    for (_, rule, _, _) in FAULTS {
        let (passed, printed) = suite("1", "none", rule);
        assert!(passed, "{printed}");
        assert!(printed.contains("1 passed, 0 failed"), "{printed}");
    }
}

#[test]
fn a_rule_of_the_last_step_is_required_there_only_and_a_plain_server_breaks_it() {
    for rule in LATER {
        let (passed, printed) = suite("6", "none", rule);
        assert!(!passed, "{rule}: the plain server passes\n{printed}");
        assert!(printed.contains("0 passed, 1 failed"), "{printed}");
        let (passed, printed) = suite("5", "none", rule);
        assert!(passed, "{rule}: required before step 06\n{printed}");
        assert!(printed.contains("0 passed, 0 failed"), "{printed}");
    }
}

#[test]
fn a_server_that_is_missing_fails_at_once() {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask-suite"))
        .args(["suite", "6", "--binary", "no-such-server", "--only", "blanks"])
        .output()
        .unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success());
    assert!(printed.contains("cannot start no-such-server"), "{printed}");
}
