//! `check` and `hint`: what they run, what they say of it, and that they leave alone what is the learner's.

use std::process::Command;

use crate::along::{says, started, write_executor};

#[test]
fn the_first_check_fails_as_it_was_said_to_and_says_where_to_read() {
    let fixture = started();
    let words = [
        "this is the starting point",
        "unresolved import",
        "FAILED tests/executor.rs does not build",
        "next: src/executor.rs, docs/src/2.md:5, \"The tour\"",
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
        "read: docs/src/2.md:5",
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
    let said = fixture.run(&["check", "2", "--all"]);
    says(&said, 1, &words);
    assert!(!said.err.contains("tests/executor.rs"), "nothing can run: {}", said.err);
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
    says(
        &fixture.run(&["hint", "2"]),
        0,
        &["That were all 3 hints", "docs/src/2.md:5", "compare 2"],
    );
    let said = fixture.run(&["hint", "2", "--all"]);
    says(&said, 0, &["one", "two", "three"]);
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
