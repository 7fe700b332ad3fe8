//! `play` ends by itself, shows both sides of the game, and finds the step by what cargo says.

use std::{
    env,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Command, Output, Stdio},
};

/// The command `cargo xtask play` with these arguments.
fn play(arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask-play"));
    command.arg("play").args(arguments).env("XTASK_ROOT", root).env_remove("CLICOLOR_FORCE");
    command
}

/// Its stdout, and its stderr.
fn printed(output: &Output) -> [String; 2] {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned())
}

#[test]
fn a_game_ends_by_itself_and_shows_both_transcripts() {
    let output = play(&["1", "--fast"]).output().unwrap();
    let [stdout, stderr] = printed(&output);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    for words in [
        "server |  listening on 127.0.0.1:",
        "bot 1  -> 50",
        "bot 2  ->                   50",
        "Correct!",
        "Game over! Someone else won.",
        "server |  (exit status: 0)",
        "nc 127.0.0.1 8080",
        "docs/src/01-futures.md",
    ] {
        // The first guess may be right, and then the second bot never makes one.
        let lucky =
            words.starts_with("bot 2") && stdout.contains("bot 1  -> 50\nbot 1  <- Correct!");
        assert!(lucky || stdout.contains(words), "no {words:?} in\n{stdout}");
    }
    assert!(!stdout.contains('\u{1b}'), "plain text where it is piped");
}

#[test]
fn a_reader_who_closes_the_pipe_ends_the_game_and_its_server_quietly() {
    let mut child = play(&["1"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    let [_, stderr] = printed(&output);
    assert!(output.status.success() && !stderr.contains("error: "), "{stderr}");
    let address = line.trim_end().rsplit(' ').next().unwrap();
    assert!(TcpStream::connect(address).is_err(), "the server still listens on {address}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = play(&["1", "--fast"]).stdout(full).output().unwrap();
    let [_, stderr] = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: cannot write to stdout: "), "{stderr}");
}

#[test]
fn wrong_arguments_are_an_error_that_says_what_is_right() {
    let own = "my/step06 does not exist. Create it with `cargo xtask start 6`";
    for (arguments, code, words) in [
        (&["99"][..], 1, "there is no step 99. The steps are 1 to 6"),
        (&["six"], 2, "`six` is not the number of a step"),
        (&["--quick"], 2, "unexpected argument `--quick`"),
        (&["--fast", "--serve"], 2, "`--fast` and `--serve` exclude each other"),
        (&["--mine"], 1, own),
    ] {
        let mut command = play(arguments);
        if arguments == ["--mine"] {
            // A checkout with one step, in which nothing was started.
            let root = env::temp_dir().join("play without my");
            let step = root.join("step06-server");
            std::fs::create_dir_all(&step).unwrap();
            std::fs::write(step.join("Cargo.toml"), "").unwrap();
            command.env("XTASK_ROOT", root);
        }
        let output = command.output().unwrap();
        let [_, stderr] = printed(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}
