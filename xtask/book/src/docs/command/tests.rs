//! Commands, and which of what they print is shown.

use std::{path::Path, time::Instant};

use super::*;
use crate::docs::directive;

/// The options of a `run:` directive.
fn options(text: &str) -> Options {
    directive::parse(&format!("run: x; {text}")).unwrap().unwrap().options
}

/// What is wrong with a command.
fn wrong(line: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    format!("{:#}", Call::parse(line, root).unwrap_err())
}

#[test]
fn lines_that_are_left_out_leave_a_sign() {
    let shown = |text: &str| chosen("a\nb\nc \nd\n\n", &options(text)).unwrap().join(" ");
    assert_eq!(shown("first 1"), "a …");
    assert_eq!(shown("first 1 last 2"), "a … c d");
    assert_eq!(shown("last 1"), "… d");
    assert_eq!(shown("first 2 last 2"), "a b c d");
    assert_eq!(shown("from b to c"), "… b c …");
    assert_eq!(shown("from c"), "… c d");
    assert_eq!(shown("from b first 1"), "… b …");
}

#[test]
fn a_command_that_cannot_be_is_an_error_without_running_it() {
    assert!(wrong("echo a | wc").contains("`|` would need a shell"));
    assert!(wrong("echo 'a").contains("close the quotes"));
    assert!(wrong("cargo run -q --example echo").contains("name the package"));
    assert!(wrong("cargo run -p step09-none").contains("no package step09-none"));
    assert!(wrong("cargo run -p step04-reactor --example ech").contains("has no example ech"));
    assert!(wrong("cargo test -p step03-waker --test lom").contains("has no test lom"));
    assert!(wrong("cargo xtask dif 2 3").contains("unrecognized subcommand"));
    assert!(wrong("A=1").contains("there is no command"));
}

#[test]
fn a_command_says_what_it_says_on_both_streams_and_how_it_ended() {
    let root = Path::new("/");
    let call = Call::parse("A=2 sh -c 'echo $A; echo b >&2; exit 3'", root).unwrap();
    assert_eq!(call.run(root, PATIENCE).unwrap(), (Some(3), "2\nb\n".to_owned()));
}

#[test]
fn a_command_that_does_not_end_is_ended() {
    let root = Path::new("/");
    // Whoever still holds the pipe is waited for: the shell's child must not.
    let call = Call::parse("sh -c 'sleep 60 & wait'", root).unwrap();
    let began = Instant::now();
    let ended = call.run(root, Duration::from_millis(50)).unwrap_err();
    assert!(ended.to_string().contains("it was not done after 50ms"), "{ended}");
    assert!(began.elapsed() < Duration::from_secs(30), "its child was not ended");
}

#[test]
fn a_date_is_a_date() {
    let today = today();
    assert_eq!(today.split('-').map(str::len).collect::<Vec<_>>(), [4, 2, 2], "{today}");
}
