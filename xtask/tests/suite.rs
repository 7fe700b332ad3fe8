//! The suite notices when a server breaks a rule.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Each rule that can be broken: the fault, the rule, and what the report says was expected and what came.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "says high",
        "a number below every target is too low",
        "expected: \"Too low!\"",
        "got: \"Too high!\"",
    ),
    ("talks", "the one line on stdout", "\\n\" on stdout", "the game is over"),
    (
        "says no goodbye",
        "the winner is told so",
        "expected: \"Game over! Someone else won.\\n\" and the end of the file",
        "got: \"\" and the end of the file",
    ),
    ("fails", "the winner is told so", "expected: exit status 0", "got: exit status: 3"),
    (
        "ends early",
        "when the time is up everybody is told so",
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
        "got: one, see the server's stderr",
    ),
    ("burns CPU", "clients that left cost no CPU", "expected: no CPU used in 1s", "got: "),
];

/// Runs a part of the suite against the wrong server, and gives whether it passed and what it printed.
fn suite(fault: &str, only: &str) -> (bool, String) {
    let xtask = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let server = xtask.with_file_name("examples").join("wrong_server");
    assert!(server.exists(), "build it first: cargo test builds all");
    let output = Command::new(xtask)
        .args(["suite", "1", "--only", only, "--binary"])
        .arg(server)
        .env("FAULT", fault)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), printed)
}

#[test]
fn a_server_that_breaks_a_rule_fails_with_what_was_expected_and_what_came() {
    for (fault, rule, expected, got) in FAULTS {
        let (passed, printed) = suite(fault, rule);
        assert!(!passed, "{fault}: not noticed\n{printed}");
        for words in [&format!("FAILED {rule}")[..], expected, got, "0 passed, 1 failed"] {
            assert!(printed.contains(words), "{fault}: no {words:?} in\n{printed}");
        }
    }
}

#[test]
fn a_failure_shows_what_the_server_said_and_how_it_ended() {
    let (_, printed) = suite("fails", "the winner is told so");
    for words in ["stdout:", "listening on 127.0.0.1:", "ended with exit status: 3"] {
        assert!(printed.contains(words), "no {words:?} in\n{printed}");
    }
}

#[test]
fn a_server_that_keeps_a_rule_passes() {
    for (_, rule, _, _) in FAULTS {
        let (passed, printed) = suite("none", rule);
        assert!(passed, "{printed}");
        assert!(printed.contains("1 passed, 0 failed"), "{printed}");
    }
}

#[test]
fn a_server_that_is_missing_fails_at_once() {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["suite", "6", "--binary", "no-such-server", "--only", "blanks"])
        .output()
        .unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success());
    assert!(printed.contains("cannot start no-such-server"), "{printed}");
}
