//! `start`, `compare` and `progress`: what they lay, what they say, and that they leave alone what is the learner's.

use std::path::Path;

use crate::{
    fixture::Fixture,
    tasks::{COUNT, says, with_series},
};

/// A learner who has started the second step of the workspace with a series.
pub fn started() -> Fixture {
    let fixture = with_series();
    let hint = |when: &str, text: &str| format!("[[hint]]\nwhen = '{when}'\ntext = '{text}'\n");
    let hints = [
        ("counting::it_counts", "one"),
        ("task 2", "two"),
        ("smaller", "three"),
        ("task 1", "Create `executor`."),
    ];
    let hints: String = hints.iter().map(|(when, text)| hint(when, text)).collect();
    fixture.write("xtask/hints/step02.toml", &hints);
    says(&fixture.run(&["start", "2"]), 0, &[]);
    fixture
}

/// What the learner writes for the first task.
pub fn write_task_1(fixture: &Fixture) {
    for file in ["lib.rs", "game.rs"] {
        let ours = fixture.read(&format!("step02-two/src/{file}"));
        fixture.write(&format!("my/step02/src/{file}"), &ours);
    }
    let executor = fixture.read("step02-two/src/executor.rs").replace(COUNT, "");
    fixture.write("my/step02/src/executor.rs", &executor);
}

#[test]
fn what_is_laid_is_the_step_before_with_the_tests_of_the_first_task() {
    let fixture = with_series();
    let words = [
        "my/step02 is ready: step 01 as it ended, with the tests of task 1.",
        "  task 1: Take the smaller (10 minutes)\n  task 2: Count\n",
        "Now task 1 of 2, \"Take the smaller\".\nread: docs/src/2.md:3, \"Task 1: the smaller\"\n\
         test: smaller::the_smaller_is_taken",
    ];
    says(&fixture.run(&["start", "2"]), 0, &words);
    let lib = fixture.read("my/step02/src/lib.rs");
    assert_eq!(lib, "//! Step 2.\n#![forbid(unsafe_code)]\n\npub mod game;\n");
    let ours = fixture.read("step01-one/src/main.rs").replace("step01_one", "step02_two");
    assert_eq!(fixture.read("my/step02/src/main.rs"), ours);
    assert_eq!(
        fixture.read("my/step02/tests/all.rs"),
        "//! All tests.\n\nmod game;\nmod smaller;\n"
    );
    for later in ["tests/counting.rs", "examples/count.rs", "src/executor.rs"] {
        assert!(!fixture.root().join("my/step02").join(later).exists(), "{later}");
    }
    let manifest: toml::Table = toml::from_str(&fixture.read("my/step02/Cargo.toml")).unwrap();
    assert!(manifest.contains_key("workspace"));
    assert_eq!(manifest["package"]["name"].as_str(), Some("step02-two"));
    assert_eq!(manifest["package"]["autotests"].as_bool(), Some(false));
}

/// A part of the tool that prints where it runs, and for which workspace.
const HERE: &str = "fn main() {
    let root = std::env::var_os(\"XTASK_ROOT\").unwrap();
    println!(\"{}\", std::env::current_dir().unwrap().strip_prefix(root).unwrap().display());
}";

#[test]
fn the_command_works_in_every_folder() {
    let fixture = started();
    fixture.replace("Cargo.toml", "[\"step*\"]", "[\"step*\", \"xtask\", \"xtask/learn\"]");
    fixture.write(".cargo/config.toml", include_str!("../../../../.cargo/config.toml"));
    let parts = [
        ("xtask", "xtask", include_str!("../../../src/main.rs")),
        ("xtask/learn", "xtask-learn", HERE),
    ];
    for (folder, name, program) in parts {
        let manifest = format!("[package]\nname = '{name}'\nedition = '2024'\n");
        fixture.write(&format!("{folder}/Cargo.toml"), &manifest);
        fixture.write(&format!("{folder}/src/main.rs"), program);
    }
    let folders = ["docs/src", "step01-one/src", "xtask/learn/src", "my"];
    for folder in folders.into_iter().chain(["my/step02", "my/step02/src", "my/step02/tests"]) {
        let said = fixture.cargo(folder, &["xtask", "progress"]);
        says(&said, 0, &[]);
        assert_eq!(Path::new(said.out.trim()), Path::new(folder));
    }
}

#[test]
fn what_a_step_takes_from_the_workspace_is_there() {
    let fixture = with_series();
    let new = "[dependencies]\nnew = { workspace = true, features = ['b'] }\n[dev-dependencies]\ndev = '2'\n";
    fixture.replace("step02-two/Cargo.toml", "[dependencies]", new);
    fixture.replace(
        "step01-one/Cargo.toml",
        "[dependencies]",
        "[dependencies]\nold.workspace = true\n",
    );
    let shared = "\n[workspace.dependencies]\nold = '1.5'\nunused = '7'\n\
                  new = { version = '3', features = ['a'] }\n";
    let workspace = fixture.read("Cargo.toml");
    fixture.write("Cargo.toml", &(workspace + shared));
    says(&fixture.run(&["start", "2"]), 0, &[]);
    let manifest: toml::Table = toml::from_str(&fixture.read("my/step02/Cargo.toml")).unwrap();
    assert_eq!(manifest["workspace"]["package"]["version"].as_str(), Some("0.1.0"));
    // Where it begins it has what the step before has.
    assert_eq!(manifest["dependencies"]["old"]["workspace"].as_bool(), Some(true));
    assert!(!manifest["dependencies"].as_table().unwrap().contains_key("new"));
    assert_eq!(manifest["dev-dependencies"]["dev"].as_str(), Some("2"));
    let versions = manifest["workspace"]["dependencies"].as_table().unwrap();
    assert_eq!(versions.keys().collect::<Vec<_>>(), ["new", "old"]);
}

#[test]
fn what_is_there_is_never_written_over() {
    let fixture = started();
    fixture.write("my/step02/src/game.rs", "mine\n");
    says(&fixture.run(&["start", "2"]), 1, &["my/step02 already exists", "--fresh"]);
    assert_eq!(fixture.read("my/step02/src/game.rs"), "mine\n");
    for (aside, text) in [("my/step02.1", "mine\n"), ("my/step02.2", "mine too\n")] {
        let words = [format!("Your files are in {aside} now")];
        says(&fixture.run(&["start", "2", "--fresh"]), 0, &[&words[0]]);
        assert_eq!(fixture.read(&format!("{aside}/src/game.rs")), text);
        assert!(fixture.read("my/step02/src/game.rs").contains("The game."));
        fixture.write("my/step02/src/game.rs", "mine too\n");
    }
    // A learner may have a configuration of cargo's, too.
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
    says(
        &fixture.run(&["compare", "2", "nowhere.rs"]),
        1,
        &["name one of those that do\n  src/executor.rs"],
    );
    says(&fixture.run(&["compare", "2", "--task", "3"]), 1, &["the tasks are 1 to 2"]);
    write_task_1(&fixture);
    let game = fixture.read("my/step02/src/game.rs");
    fixture.write("my/step02/src/game.rs", &game.replace('\n', "\r\n"));
    let words = ["No difference: my/step02 and step02-two after task 1 have the same src."];
    says(&fixture.run(&["compare", "2", "--task", "1"]), 0, &words);
    says(&fixture.run(&["compare", "2", "executor.rs"]), 0, &["+pub fn count() -> usize {"]);
    fixture.replace("my/step02/src/executor.rs", "/// The smaller", "/// By far the smaller");
    let words = ["No difference", "apart from comments"];
    says(&fixture.run(&["compare", "2", "--task", "1", "--code"]), 0, &words);
}

#[test]
fn a_learner_goes_on_from_an_own_step_only_if_it_has_passed() {
    let fixture = started();
    let has_not_passed = ["my/step02 has not passed its check as it is now"];
    says(&fixture.run(&["start", "3", "--from-mine"]), 1, &has_not_passed);
    says(&fixture.run(&["start", "1", "--from-mine"]), 1, &["no step comes before the first"]);
    assert!(!fixture.root().join("my/step03").exists());
    // No program of the fixture plays the game, so what a check would remember is written here.
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    let state = fixture.read("my/.progress.toml");
    let start = state.lines().find(|line| line.starts_with("start = ")).unwrap();
    fixture
        .write("my/.progress.toml", &state.replace("done = \"\"", &start.replace("start", "done")));
    says(&fixture.run(&["progress"]), 0, &["2 of 2  done", "next: cargo xtask start 3"]);
    // What was changed since has not passed.
    fixture.replace("my/step02/src/game.rs", "/// Plays.", "/// Plays on.");
    says(&fixture.run(&["progress"]), 0, &["done, and changed since"]);
    says(&fixture.run(&["start", "3", "--from-mine"]), 1, &has_not_passed);
    fixture.replace("my/step02/src/game.rs", "/// Plays on.", "/// Plays.");
    says(&fixture.run(&["start", "3", "--from-mine"]), 0, &["my/step03 is ready: your step 02"]);
    assert!(!fixture.root().join("my/step03/src/executor.rs").exists(), "ours has one");
}

#[test]
fn a_learner_who_has_not_started_is_told_how_to() {
    let fixture = Fixture::new();
    for command in ["check", "compare", "hint"] {
        let words = ["my/step02 does not exist", "cargo xtask start 2"];
        says(&fixture.run(&[command, "2"]), 1, &words);
        says(&fixture.run(&[command]), 1, &["name the step, as in `cargo xtask check 3`"]);
        says(&fixture.run(&[command, "two"]), 2, &["'two'", "this is not the number of a step"]);
    }
    says(&fixture.run(&["progress"]), 0, &["not started", "next: cargo xtask start 1"]);
    says(&fixture.run(&["start", "4"]), 1, &["the steps are 1 to 3"]);
    assert!(!fixture.root().join("my").exists());
}
