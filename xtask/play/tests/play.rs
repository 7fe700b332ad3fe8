//! `play` ends by itself and shows both sides of the game.

use std::process::Command;

/// Runs the xtask.
fn xtask(args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask-play")).args(args).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), stdout, stderr)
}

#[test]
fn a_game_of_step_01_ends_by_itself_and_shows_both_transcripts() {
    let (success, stdout, stderr) = xtask(&["play", "1", "--fast"]);
    assert!(success, "{stdout}\n{stderr}");
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
fn a_step_that_does_not_exist_is_an_error_that_names_those_that_do() {
    let (success, _, stderr) = xtask(&["play", "99"]);
    assert!(!success);
    assert!(stderr.contains("there is no step 99: the steps are 1 to"), "{stderr}");
}
