//! `start`, `compare` and `progress`: what they lay, what they say, and that they leave alone what is the learner's.

use crate::fixture::{EXECUTOR, Fixture, Said};

/// A workspace in which the second step names a section, and has hints.
pub fn started() -> Fixture {
    let fixture = Fixture::new();
    fixture.replace(
        "step02-two/Cargo.toml",
        "[dependencies]",
        "[package.metadata.step.sections]\n'tests/executor.rs' = 'executor.rs'\n\n[dependencies]",
    );
    fixture.write("docs/src/2.md", "# Two\n\n## The tour\n\n**`executor.rs`** counts.\n");
    let hint = |when: &str, text: &str| format!("[[hint]]\nwhen = '{when}'\ntext = '{text}'\n");
    let hints = hint("src/lib.rs", "one") + &hint("executor::it_counts", "two");
    fixture.write("xtask/hints/step02.toml", &(hints + &hint("src/executor.rs", "three")));
    let said = fixture.run(&["start", "2"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture
}

/// Expects an exit code and words.
pub fn says(said: &Said, code: i32, words: &[&str]) {
    let both = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, Some(code), "{both}");
    for words in words {
        assert!(both.contains(words), "no {words:?} in:\n{both}");
    }
}

/// What brings the learner's second step up to ours.
pub fn write_executor(fixture: &Fixture) {
    fixture.write("my/step02/src/executor.rs", EXECUTOR);
    for file in ["lib.rs", "game.rs"] {
        let ours = fixture.read(&format!("step02-two/src/{file}"));
        fixture.write(&format!("my/step02/src/{file}"), &ours);
    }
}

#[test]
fn what_is_laid_is_the_step_before_with_the_tests_of_the_step() {
    let fixture = started();
    let renamed = |path: &str, file: &str| {
        let text = fixture.read(&format!("{path}/{file}"));
        assert_eq!(
            fixture.read(&format!("my/step02/{file}")),
            text.replace("step01_one", "step02_two")
        );
    };
    renamed("step01-one", "src/lib.rs");
    renamed("step01-one", "src/main.rs");
    renamed("step01-one", "src/game.rs");
    renamed("step02-two", "tests/executor.rs");
    renamed("step02-two", "examples/hello.rs");
    assert!(!fixture.root().join("my/step02/src/executor.rs").exists());
    let manifest = fixture.read("my/step02/Cargo.toml");
    for part in ["[workspace]", "name = \"step02-two\"", "edition = \"2024\""] {
        assert!(manifest.contains(part), "no {part} in:\n{manifest}");
    }
}

#[test]
fn what_both_steps_depend_on_is_there_and_what_goes_is_said() {
    let fixture = Fixture::new();
    fixture.replace(
        "step01-one/Cargo.toml",
        "[dependencies]",
        "[dependencies]\nold.workspace = true",
    );
    let new = "[dependencies]\nnew = { workspace = true, features = ['b'] }\n[dev-dependencies]\ndev = '2'";
    fixture.replace("step02-two/Cargo.toml", "[dependencies]", new);
    let shared =
        "\n[workspace.dependencies]\nold = '1.5'\nnew = { version = '3', features = ['a'] }\n";
    let workspace = fixture.read("Cargo.toml");
    fixture.write("Cargo.toml", &(workspace + shared));
    let words = ["Cargo.toml: dev, new came in already", "Cargo.toml: old can go in the end"];
    says(&fixture.run(&["start", "2"]), 0, &words);
    let manifest: toml::Table = toml::from_str(&fixture.read("my/step02/Cargo.toml")).unwrap();
    assert_eq!(manifest["dependencies"]["old"].as_str(), Some("1.5"));
    assert_eq!(manifest["dependencies"]["new"]["version"].as_str(), Some("3"));
    assert_eq!(manifest["dependencies"]["new"]["features"].as_array().map(Vec::len), Some(2));
    assert_eq!(manifest["dev-dependencies"]["dev"].as_str(), Some("2"));
}

#[test]
fn what_is_there_is_never_written_over() {
    let fixture = started();
    fixture.write("my/step02/src/game.rs", "mine\n");
    says(&fixture.run(&["start", "2"]), 1, &["my/step02 is there already", "--fresh"]);
    assert_eq!(fixture.read("my/step02/src/game.rs"), "mine\n");
    for (aside, text) in [("my/step02.1", "mine\n"), ("my/step02.2", "mine too\n")] {
        let words = [format!("What you had is in {aside} now")];
        says(&fixture.run(&["start", "2", "--fresh"]), 0, &[&words[0]]);
        assert_eq!(fixture.read(&format!("{aside}/src/game.rs")), text);
        assert!(fixture.read("my/step02/src/game.rs").contains("The game."));
        fixture.write("my/step02/src/game.rs", "mine too\n");
    }
    // And what tells cargo where it is may be anybody's, too.
    fixture.write("my/.cargo/config.toml", "# mine\n");
    says(&fixture.run(&["start", "3"]), 0, &[]);
    assert_eq!(fixture.read("my/.cargo/config.toml"), "# mine\n");
}

#[test]
fn a_difference_is_shown_until_there_is_none() {
    let fixture = started();
    let words = [
        "--- /dev/null\n+++ step02-two/src/executor.rs",
        "-use std::cmp::min;\n+use crate::executor::min;",
    ];
    says(&fixture.run(&["compare", "2"]), 0, &words);
    says(&fixture.run(&["compare", "2", "--stat"]), 0, &["src/executor.rs (new)", "3 files"]);
    says(&fixture.run(&["compare", "2", "nowhere.rs"]), 1, &["name one of\n  src/executor.rs"]);
    write_executor(&fixture);
    says(
        &fixture.run(&["compare", "2"]),
        0,
        &["No difference: my/step02 and step02-two have the same src."],
    );
    fixture.replace("my/step02/src/executor.rs", "/// Counts.", "/// Counts, I think.\n");
    says(&fixture.run(&["compare", "2", "executor.rs"]), 0, &["-/// Counts, I think."]);
    says(&fixture.run(&["compare", "2", "--code"]), 0, &["No difference", "but for comments"]);
}

#[test]
fn one_goes_on_from_ones_own_step_only_if_it_has_passed() {
    let fixture = started();
    says(
        &fixture.run(&["start", "3", "--from-mine"]),
        1,
        &["my/step02 has not passed as it is now"],
    );
    says(&fixture.run(&["start", "1", "--from-mine"]), 1, &["no step comes before the first"]);
    assert!(!fixture.root().join("my/step03").exists());
    // No program of the fixture plays the game, so what a check would remember is written here.
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    let state = fixture.read("my/.progress.toml");
    let start = state.lines().find(|line| line.starts_with("start = ")).unwrap();
    fixture
        .write("my/.progress.toml", &state.replace("done = \"\"", &start.replace("start", "done")));
    says(&fixture.run(&["progress"]), 0, &["done", "next: cargo xtask start 3"]);
    // What was changed since has not passed.
    fixture.replace("my/step02/src/game.rs", "/// Plays.", "/// Plays on.");
    says(&fixture.run(&["progress"]), 0, &["done, and changed since"]);
    says(
        &fixture.run(&["start", "3", "--from-mine"]),
        1,
        &["my/step02 has not passed as it is now"],
    );
    fixture.replace("my/step02/src/game.rs", "/// Plays on.", "/// Plays.");
    says(&fixture.run(&["start", "3", "--from-mine"]), 0, &["what you have in my/step02"]);
    assert!(!fixture.root().join("my/step03/src/executor.rs").exists(), "ours has one");
}

#[test]
fn who_has_not_started_is_told_how_to() {
    let fixture = Fixture::new();
    for command in ["check", "compare", "hint"] {
        says(
            &fixture.run(&[command, "2"]),
            1,
            &["there is no my/step02 yet", "cargo xtask start 2"],
        );
    }
    says(&fixture.run(&["progress"]), 0, &["not started", "next: cargo xtask start 1"]);
    says(&fixture.run(&["start", "4"]), 1, &["the steps are 1 to 3"]);
    assert!(!fixture.root().join("my").exists(), "nothing was asked for");
}

#[test]
fn a_section_that_the_chapter_does_not_have_breaks_the_layout() {
    let fixture = started();
    fixture.refresh_readme();
    let layout = ["test-all", "--suite", "layout"];
    says(&fixture.run(&layout), 0, &[]);
    fixture.write("docs/src/2.md", "# Two\n\n## The tour\n\nOf `waker.rs`.\n");
    says(
        &fixture.run(&layout),
        1,
        &["refers tests/executor.rs to \"executor.rs\", which docs/src/2.md does not contain"],
    );
    fixture.replace("step02-two/Cargo.toml", "'tests/executor.rs' =", "'tests/gone.rs' =");
    says(&fixture.run(&layout), 1, &["lists tests/gone.rs, but the step has no such file"]);
}
