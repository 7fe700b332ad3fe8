//! `start`, `check`, `compare`, `hint` and `progress`: what they lay, what they say, and that they leave alone what is
//! the learner's.

use std::process::Command;

use crate::fixture::{EXECUTOR, Fixture, Said};

/// A workspace in which the second step names a section, and has hints.
fn started() -> Fixture {
    let fixture = Fixture::new();
    fixture.replace(
        "step02-two/Cargo.toml",
        "[dependencies]",
        "[package.metadata.step.sections]\n'tests/executor.rs' = 'executor.rs'\n\n[dependencies]",
    );
    fixture.write("docs/2.md", "# Two\n\n## The tour\n\n**`executor.rs`** counts.\n");
    let hint = |when: &str, text: &str| format!("[[hint]]\nwhen = '{when}'\ntext = '{text}'\n");
    let hints = hint("src/lib.rs", "one") + &hint("executor::it_counts", "two");
    fixture.write("xtask/hints/step02.toml", &(hints + &hint("src/executor.rs", "three")));
    let said = fixture.run(&["start", "2"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture
}

/// Expects an exit code and words.
fn says(said: &Said, code: i32, words: &[&str]) {
    let both = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, Some(code), "{both}");
    for words in words {
        assert!(both.contains(words), "no {words:?} in:\n{both}");
    }
}

/// What brings the learner's second step up to ours.
fn write_executor(fixture: &Fixture) {
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
fn the_first_check_fails_as_it_was_said_to_and_says_where_to_read() {
    let fixture = started();
    let words = [
        "this is the starting point",
        "unresolved import",
        "FAILED tests/executor.rs does not build",
        "read: docs/2.md:5, \"The tour\"",
        "next: src/executor.rs, docs/2.md:5",
        "Stuck? cargo xtask hint 2",
    ];
    fixture.replace(
        "step02-two/tests/executor.rs",
        "#[test]",
        "use step02_two::executor;\n\n#[test]",
    );
    fixture.replace(
        "step02-two/tests/executor.rs",
        "step02_two::executor::count",
        "executor::count",
    );
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    says(&fixture.run(&["check", "2"]), 1, &words);
    let words = ["started, nothing written yet", "0 of 2", "next: cargo xtask check 2"];
    says(&fixture.run(&["progress"]), 0, &words);
}

#[test]
fn a_failure_says_what_was_expected_and_what_came_and_the_test_alone_is_run_by_name() {
    let fixture = started();
    write_executor(&fixture);
    fixture.replace("my/step02/src/executor.rs", "let first = 1;", "let first = 7;");
    let words = [
        "FAILED tests/executor.rs: it_counts\n    at tests/executor.rs:5:5\n    expected: 1\n         got: 7\n",
        "alone: cargo test --test executor it_counts  (in my/step02)",
        "read: docs/2.md:5",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    let said = fixture.run(&["check", "2"]);
    // It stops there: neither the other tests nor the game are run.
    assert!(!said.err.contains("game") && !said.out.contains("starting point"), "{}", said.err);
    says(&fixture.run(&["progress"]), 0, &["stops at tests/executor.rs"]);
    fixture.replace("my/step02/src/executor.rs", "let first = 7;", "let first = 1;");
    says(&fixture.run(&["check", "2", "--only", "executor"]), 0, &["executor passes"]);
    says(
        &fixture.run(&["check", "2", "--only", "exec"]),
        1,
        &["name one of tests/executor.rs, tests/game.rs"],
    );
}

#[test]
fn what_does_not_build_is_said_as_cargo_says_it() {
    let fixture = started();
    fixture.replace("my/step02/src/main.rs", "fn main() {", "fn main() {\n    nonsense();");
    let words = [
        "cannot find function `nonsense`",
        "FAILED my/step02 does not build",
        "next: src/executor.rs",
    ];
    says(&fixture.run(&["check", "2", "--all"]), 1, &words);
}

#[test]
fn it_is_our_tests_that_run_and_the_learners_stay_as_they_are() {
    let fixture = started();
    write_executor(&fixture);
    fixture.replace("my/step02/src/executor.rs", "let first = 1;", "let first = 7;");
    fixture.replace("my/step02/tests/executor.rs", "1)", "7)");
    fixture.remove("my/step02/tests/game.rs");
    let before = fixture.read("my/step02/tests/executor.rs");
    let words = ["tests/executor.rs, tests/game.rs not as in step 02: ours run", "expected: 1"];
    says(&fixture.run(&["check", "2"]), 1, &words);
    assert_eq!(fixture.read("my/step02/tests/executor.rs"), before);
    assert!(!fixture.root().join("my/step02/tests/game.rs").exists());
    // The copy takes part in what changes, and what was built for it is not taken for the folder itself.
    fixture.replace("my/step02/src/executor.rs", "let first = 7;", "let first = 1;");
    says(&fixture.run(&["check", "2", "--only", "tests/executor.rs"]), 0, &[]);
    fixture.replace("my/step02/src/executor.rs", "let first = 1;", "let first = 8;");
    for test in ["executor", "game"] {
        let ours = fixture.read(&format!("step02-two/tests/{test}.rs"));
        fixture.write(&format!("my/step02/tests/{test}.rs"), &ours);
    }
    says(&fixture.run(&["check", "2"]), 1, &["got: 8"]);
}

#[test]
fn what_was_moved_aside_is_not_taken_for_what_was_laid_after_it() {
    let fixture = started();
    write_executor(&fixture);
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    write_executor(&fixture);
    fixture.replace("my/step02/src/executor.rs", "let first = 1;", "let first = 7;");
    // Somebody builds what is aside, and that is the newest of all.
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--tests"])
        .current_dir(fixture.root().join("my/step02.1"))
        .env("CARGO_TARGET_DIR", fixture.root().join("target/my"))
        .env("CARGO_BUILD_BUILD_DIR", fixture.root().join("target"))
        .status();
    assert!(built.unwrap().success());
    says(&fixture.run(&["check", "2"]), 1, &["got: 7"]);
}

#[test]
fn a_dependency_that_should_be_gone_is_found_at_the_end() {
    let fixture = started();
    write_executor(&fixture);
    fixture.replace(
        "step01-one/Cargo.toml",
        "[dependencies]",
        "[dependencies]\nold = { path = '../old' }",
    );
    fixture.replace(
        "my/step02/Cargo.toml",
        "[package]",
        "[dependencies]\nold = { path = 'old' }\n\n[package]",
    );
    fixture.write("my/step02/old/Cargo.toml", "[package]\nname = 'old'\n");
    fixture.write("my/step02/old/src/lib.rs", "");
    let words =
        ["FAILED my/step02/Cargo.toml", "expected: no old", "got: old under [dependencies]"];
    says(&fixture.run(&["check", "2"]), 1, &words);
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
fn hints_come_one_at_a_time_and_those_about_what_failed_first() {
    let fixture = started();
    says(&fixture.run(&["hint", "2", "--again"]), 1, &["no hint was given yet"]);
    // The file is missing.
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 3 of 3, about src/executor.rs\nthree\n"]);
    says(&fixture.run(&["hint", "2", "--again"]), 0, &["three"]);
    write_executor(&fixture);
    fixture.replace("my/step02/src/executor.rs", "let first = 1;", "let first = 7;");
    says(&fixture.run(&["check", "2"]), 1, &[]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 2 of 3, about executor::it_counts\ntwo\n"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 1 of 3"]);
    says(&fixture.run(&["hint", "2"]), 0, &["That were all 3 hints", "docs/2.md:5", "compare 2"]);
    let said = fixture.run(&["hint", "2", "--all"]);
    says(&said, 0, &["one", "two", "three"]);
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
    write_executor(&fixture);
    fixture.replace("my/step02/src/executor.rs", "/// Counts.", "/// Counts, I think.");
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    let state = fixture.read("my/.progress.toml");
    let start = state.lines().find(|line| line.starts_with("start = ")).unwrap();
    fixture
        .write("my/.progress.toml", &state.replace("done = \"\"", &start.replace("start", "done")));
    says(&fixture.run(&["progress"]), 0, &["done", "next: cargo xtask start 3"]);
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
    fixture.write("docs/2.md", "# Two\n\n## The tour\n\nOf `waker.rs`.\n");
    says(&fixture.run(&layout), 1, &["is about \"executor.rs\", of which docs/2.md says nothing"]);
    fixture.replace("step02-two/Cargo.toml", "'tests/executor.rs' =", "'tests/gone.rs' =");
    says(&fixture.run(&layout), 1, &["names tests/gone.rs, which the step does not have"]);
}

#[test]
fn a_test_that_does_not_end_hides_none_that_failed_before_it() {
    let fixture = started();
    write_executor(&fixture);
    fixture.write(".cargo/config.toml", "[env]\nRUST_TEST_THREADS = \"1\"\n");
    let test = |name: &str, body: &str| format!("#[test]\nfn {name}() {{\n    {body}\n}}\n");
    let stuck = "eprintln!(\"b_waits did not end within 10s\");\n    std::process::abort();";
    let tests =
        test("c_passes", "") + &test("b_waits", stuck) + &test("a_fails", "assert_eq!(1, 2);");
    fixture.write(
        "step02-two/tests/executor.rs",
        &tests
            .replace("eprintln!(", "use std::io::Write;\n    let _ = writeln!(std::io::stderr(), "),
    );
    let words = [
        "FAILED tests/executor.rs: b_waits\n    expected: an end\n         got: none within 10s\nFAILED",
        "FAILED tests/executor.rs: a_fails\n    at tests/executor.rs:13:5\n    expected: 2\n         got: 1\n",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
}
