//! The command line, from the outside: arguments in, output and exit status out.

use std::{net::TcpListener, time::Duration};

use step::game::parse_duration;

use crate::common::{program, within_deadline};

/// Runs the program to its end. Returns its stdout, its stderr and its exit status.
fn run(args: &[&str]) -> (String, String, Option<i32>) {
    let output = within_deadline(|| program().args(args).output());
    let output = output.expect("the program was built for this test");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn a_duration_has_a_unit_or_is_in_seconds() {
    let cases = [
        ("30s", Duration::from_secs(30)),
        ("5m", Duration::from_secs(300)),
        ("500ms", Duration::from_millis(500)),
        ("7", Duration::from_secs(7)),
        ("0", Duration::ZERO),
        ("18446744073709551615", Duration::from_secs(u64::MAX)),
    ];
    for (text, duration) in cases {
        assert_eq!(parse_duration(text), Ok(duration), "{text}");
    }
}

#[test]
fn other_texts_are_not_durations() {
    for text in [
        "",
        "soon",
        "s",
        "-1",
        "+1",
        "1.5s",
        " 1s",
        "1 s",
        "1s ",
        "5 parsecs",
        "1S",
        "18446744073709551616",
        "18446744073709551615m",
        "99999999999999999999s",
    ] {
        let error = parse_duration(text).expect_err(text);
        assert!(error.contains("500ms"), "{error}: does not show how to write one");
    }
}

#[test]
fn help_goes_to_stdout_with_status_0() {
    for flag in ["--help", "-h"] {
        let (stdout, stderr, status) = run(&[flag]);
        assert_eq!((stderr.as_str(), status), ("", Some(0)));
        for word in ["Usage:", "ADDR", "DURATION", "127.0.0.1:8080", "300s"] {
            assert!(stdout.contains(word), "{word} is not in {stdout}");
        }
    }
}

#[test]
fn a_wrong_argument_is_named_with_the_usage_and_status_2() {
    let cases: [(&[&str], &str); 4] = [
        (&["--nonsense"], "--nonsense"),
        (&["127.0.0.1:0", "1s", "1ms"], "1ms"),
        (&["127.0.0.1:0", "soon"], "soon"),
        (&["127.0.0.1:0", ""], "not a duration"),
    ];
    for (args, named) in cases {
        let (stdout, stderr, status) = run(args);
        assert_eq!((stdout.as_str(), status), ("", Some(2)), "{args:?}");
        assert!(stderr.contains(named), "{args:?}: {stderr}");
        assert!(stderr.contains("Usage:"), "{args:?}: {stderr}");
    }
}

#[test]
fn an_address_that_does_not_parse_gives_one_line_and_status_1() {
    for addr in ["nonsense", "127.0.0.1", "127.0.0.1:99999"] {
        let (stdout, stderr, status) = run(&[addr]);
        assert_eq!((stdout.as_str(), status), ("", Some(1)));
        assert!(stderr.contains(addr) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_address_in_use_gives_one_line_and_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = taken.local_addr().expect("the listener is bound").to_string();
    let (stdout, stderr, status) = run(&[&addr]);
    assert_eq!((stdout.as_str(), status), ("", Some(1)));
    assert!(stderr.contains(&addr) && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn a_game_without_a_winner_ends_by_itself_with_status_0() {
    let (stdout, stderr, status) = run(&["127.0.0.1:0", "1ms"]);
    assert_eq!(status, Some(0), "{stderr}");
    let port = stdout
        .strip_prefix("listening on 127.0.0.1:")
        .and_then(|rest| rest.strip_suffix('\n'))
        .and_then(|port| port.parse::<u16>().ok());
    assert!(port.is_some_and(|port| port != 0), "{stdout:?}");
}
