//! `trace` shows what a step's runtime does, as text and in files for others.

use std::{fs, process::Command};

use serde_json::Value;

/// Runs the xtask, which must succeed, and gives what it says on stdout.
fn xtask(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask-book")).args(args).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

/// The labels of a lane's spans and marks.
fn labels(timeline: &Value, lane: usize) -> Vec<String> {
    let rows = timeline["lanes"][lane]["rows"].as_array().unwrap();
    let all =
        |row: &Value| [&row["spans"], &row["marks"]].map(|part| part.as_array().unwrap().clone());
    let parts = rows.iter().flat_map(all).flatten();
    parts.map(|part| part["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn step_05_sleeps_between_two_guesses_and_is_woken_by_a_socket_and_by_a_timer() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (json, chrome, svg) = (file("a.json"), file("b.json"), file("c.svg"));
    xtask(&["trace", "5", "--json", &json, "--chrome", &chrome, "--svg", &svg]);

    let timeline: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let has = |lane, words: &str| labels(&timeline, lane).iter().any(|label| label.contains(words));
    for (lane, words) in [
        (0, "player A polled: Pending"),
        (0, "player B polled: Pending"),
        (1, "wake player A"),
        (2, "readable"),
        (2, "fired"),
        (3, "our thread sleeps"),
        (3, "B guesses"),
    ] {
        assert!(has(lane, words), "no {words:?} in lane {lane} of {timeline:#}");
    }

    let trace: Value = serde_json::from_str(&fs::read_to_string(chrome).unwrap()).unwrap();
    assert!(trace["traceEvents"].as_array().unwrap().len() > 20);
    let svg = fs::read_to_string(svg).unwrap();
    // What a mark is, it says only where there is room, and that depends on how the run went.
    assert!(svg.contains(">timers</text>") && svg.contains("prefers-color-scheme"), "{svg}");
}

#[test]
fn step_02_polls_all_the_time_and_the_text_of_it_is_short() {
    let text = xtask(&["trace", "2"]);
    assert!(text.contains("slept for 0 % of the time"), "{text}");
    assert!(text.contains(" polls: Pending, within "), "{text}");
    assert!(text.lines().count() < 60, "{text}");
    assert!(!text.contains('\u{1b}'), "plain text where it is piped: {text}");
}
