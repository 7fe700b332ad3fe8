//! `test-all`: what it runs, and how it fails.

use crate::{fixture::Fixture, tasks::says};

/// A test binary whose tests fail in several ways.
const TESTS: &str = "//! Breaks off.

#[test]
fn it_aborts() {
    std::process::abort();
}

#[test]
fn it_exits() {
    std::process::exit(0);
}

#[test]
fn it_fails() {
    assert!(false, \"as it should\");
}

#[test]
#[should_panic]
fn it_should_panic() {}

#[test]
#[ignore = \"takes an hour\"]
fn it_is_ignored() {}
";

#[test]
fn every_suite_is_in_the_table_and_every_failure_has_its_output() {
    let fixture = Fixture::new();
    let words = [
        // One test and one doc test in the first step, two and one in the others.
        "step01-one   ┆ 2 (",
        "step02-two   ┆ 3 (",
        "step03-three ┆ 3 (",
        "layout       ┆ –         ┆ 33 (",
        "step02-two tests … ok (",
        "41 passed, 0 failed\n",
    ];
    let said = fixture.run(&["test-all", "--suite", "tests,layout"]);
    says(&said, 0, &words);
    assert!(!said.out.contains('\u{1b}'), "{}", said.out);

    fixture.write("step01-one/tests/abort.rs", TESTS);
    let words = [
        "FAILED step01-one tests: abort::it_aborts\n    the test ended its process: signal: 6",
        "FAILED step01-one tests: abort::it_exits\n    the test ended its process: exit status: 0",
        "as it should",
        "again alone: cargo test -p step01-one --test abort it_aborts",
        "FAILED step01-one tests: abort::it_should_panic\n",
        "skipped step01-one tests: abort::it_is_ignored: takes an hour",
        "2 passed, 4 failed, 1 skipped\n",
    ];
    says(&fixture.run(&["test-all", "--step", "1", "--suite", "tests"]), 1, &words);

    // A step that does not build leaves the others to be tested.
    fixture.replace("step01-one/src/main.rs", "fn main() {", "fn main() {\n    nonsense();");
    let words = [
        "FAILED build: step01-one builds",
        "cannot find function `nonsense`",
        "skipped step01-one tests: a step does not build",
        "step03-three tests … ok",
    ];
    says(&fixture.run(&["test-all", "--suite", "tests"]), 1, &words);
}

#[test]
fn models_run_with_their_flag() {
    let fixture = Fixture::new();
    let text = "//! Models.\n#![cfg(model)]\n\n#[test]\nfn a_model_holds() {}\n";
    fixture.write("step01-one/tests/loom.rs", text);
    fixture.write("step02-two/tests/loom.rs", &text.replace("{}", "{ panic!() }"));
    fixture.write("step03-three/tests/loom.rs", "//! None.\n");
    let words = [
        "step01-one loom … ok",
        "step02-two loom: loom::a_model_holds",
        "step03-three loom: tests/loom.rs has models",
        "1 passed, 2 failed\n",
    ];
    says(&fixture.run(&["test-all", "--suite", "loom"]), 1, &words);
}

#[test]
fn an_unknown_step_or_suite_is_answered_with_what_there_is() {
    let fixture = Fixture::new();
    says(&fixture.run(&["test-all", "--step", "7"]), 1, &["the steps are 1 to 3"]);
    let words = ["possible values: tests, game, ladder"];
    says(&fixture.run(&["test-all", "--suite", "everything"]), 2, &words);
}

#[test]
fn a_step_that_breaks_the_contract_of_the_game_fails_it() {
    let fixture = Fixture::new();
    // The program of the fixture is no server: it prints a number and ends.
    let words = [
        "FAILED step01-one game: ",
        "expected: the line `listening on IP:PORT` on stdout\n         got: \"3\\n\"",
        "ended with exit status: 0",
    ];
    says(&fixture.run(&["test-all", "--step", "1", "--suite", "game"]), 1, &words);
}
