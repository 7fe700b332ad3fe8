//! The command line, seen from outside: what is taken, what is refused, and with which status the program ends.

mod common;

use std::{
    net::TcpListener,
    process::{Command, Output},
    time::Duration,
};

use common::within_deadline;
use step06_server::options::parse_duration;

/// Runs the program to its end.
fn game(args: &[&str]) -> Output {
    let program = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));
    let output = within_deadline(|| Command::new(program).args(args).output());
    output.expect("the program was built for this test")
}

/// What the program wrote to stdout and to stderr, and its status.
fn told(args: &[&str]) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = game(args);
    let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
    (text(stdout), text(stderr), status.code())
}

#[test]
fn a_duration_has_a_unit_or_is_a_number_of_seconds() {
    let cases = [
        ("30s", Duration::from_secs(30)),
        ("5m", Duration::from_secs(300)),
        ("500ms", Duration::from_millis(500)),
        ("1m 30s", Duration::from_secs(90)),
        ("7", Duration::from_secs(7)),
        ("0", Duration::ZERO),
        ("18446744073709551615", Duration::from_secs(u64::MAX)),
    ];
    for (text, duration) in cases {
        assert_eq!(parse_duration(text), Ok(duration), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused_by_name() {
    for text in
        ["", "soon", "-1", "5 parsecs", "18446744073709551616", "99999999999999999999s"]
    {
        let error = parse_duration(text).expect_err(text);
        assert!(
            error.contains(&format!("'{text}' is not a duration")),
            "{text}: {error}"
        );
    }
}

#[test]
fn help_goes_to_stdout_with_status_0() {
    for flag in ["--help", "-h"] {
        let (stdout, stderr, status) = told(&[flag]);
        assert_eq!((stderr.as_str(), status), ("", Some(0)));
        assert!(stdout.contains("Usage:") && stdout.contains("DURATION"), "{stdout}");
    }
}

#[test]
fn wrong_arguments_are_named_with_the_usage_and_status_2() {
    let cases: [(&[&str], &str); 3] = [
        (&["--nonsense"], "--nonsense"),
        (&["127.0.0.1:0", "1s", "surplus"], "surplus"),
        (&["127.0.0.1:0", "soon"], "'soon' is not a duration"),
    ];
    for (args, named) in cases {
        let (stdout, stderr, status) = told(args);
        assert_eq!((stdout.as_str(), status), ("", Some(2)), "{args:?}");
        assert!(stderr.contains(named), "{args:?}: {stderr}");
        assert!(stderr.contains("Usage:"), "{args:?}: {stderr}");
    }
}

#[test]
fn an_address_that_is_none_ends_it_with_one_line_and_status_1() {
    let (stdout, stderr, status) = told(&["nonsense"]);
    assert_eq!((stdout.as_str(), status), ("", Some(1)));
    assert!(stderr.contains("nonsense") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn an_address_in_use_ends_it_with_one_line_and_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let addr = taken.local_addr().expect("it is bound").to_string();
    let (stdout, stderr, status) = told(&[&addr]);
    assert_eq!((stdout.as_str(), status), ("", Some(1)));
    assert!(stderr.contains(&addr) && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn a_game_that_nobody_wins_ends_by_itself_with_status_0() {
    let (stdout, _, status) = told(&["127.0.0.1:0", "1ms"]);
    assert_eq!(status, Some(0));
    let addr = stdout
        .strip_prefix("listening on 127.0.0.1:")
        .and_then(|rest| rest.strip_suffix('\n'));
    let port = addr.and_then(|port| port.parse::<u16>().ok());
    assert!(port.is_some_and(|port| port != 0), "{stdout:?}");
}
