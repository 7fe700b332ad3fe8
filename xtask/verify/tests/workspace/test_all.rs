//! `test-all`: what it runs, and how it fails.

use crate::{
    fixture::{Fixture, Said},
    tasks::with_series,
};

/// The last line on stdout.
fn last_line(said: &Said) -> &str {
    said.out.lines().last().unwrap_or_default()
}

#[test]
fn a_clean_workspace_passes_and_every_suite_is_in_the_table() {
    // The fixture's programs are no servers, so neither the game nor the ladder is for them.
    let said = Fixture::new().run(&["test-all", "--suite", "tests,layout,xtask"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    // One test and one doc test in the first step, two and one in the others.
    for row in ["step01-one   ┆ 2 (", "step02-two   ┆ 3 (", "step03-three ┆ 3 (", "layout "] {
        assert!(said.out.contains(row), "no {row:?} in:\n{}", said.out);
    }
    let (passed, rest) = last_line(&said).split_once(" passed, 0 failed").unwrap();
    assert!(passed.parse::<usize>().unwrap() > 40, "{}", said.out);
    // There is no xtask in the fixture, and that is said.
    assert_eq!(rest, ", 1 skipped");
    assert!(said.out.contains("skipped xtask: "), "{}", said.out);
    assert!(said.err.contains("step02-two tests … ok ("), "{}", said.err);
    assert!(!said.out.contains('\u{1b}'), "{}", said.out);
}

#[test]
fn a_failing_test_fails_it_and_what_it_said_is_shown() {
    let fixture = Fixture::new();
    fixture.replace("step01-one/tests/game.rs", ", 3)", ", 4, \"so it is\")");
    let said = fixture.run(&["test-all", "--step", "1", "--suite", "tests"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(last_line(&said), "1 passed, 1 failed");
    let name = "FAILED step01-one tests: game::a_guess_stops_at_three\n";
    for part in [name, "so it is", "again alone: cargo test -p step01-one --test game a_guess"] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
}

#[test]
fn a_test_that_should_panic_and_does_not_is_one_failure() {
    let fixture = Fixture::new();
    let text = "//! Panics.\n\n#[test]\n#[should_panic]\nfn it_panics() {}\n";
    fixture.write("step01-one/tests/panic.rs", text);
    let said = fixture.run(&["test-all", "--step", "1", "--suite", "tests"]);
    assert_eq!(last_line(&said), "2 passed, 1 failed");
    assert!(said.out.contains("FAILED step01-one tests: panic::it_panics\n"), "{}", said.out);
    assert!(!said.out.contains("it said nothing"), "{}", said.out);
}

#[test]
fn a_step_that_does_not_build_fails_it_and_the_others_are_still_tested() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/main.rs", "fn main() {", "fn main() {\n    nonsense();");
    let said = fixture.run(&["test-all", "--suite", "tests,game"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("FAILED build: step02-two builds"), "{}", said.out);
    assert!(said.out.contains("cannot find function `nonsense`"), "{}", said.out);
    assert!(said.out.contains("skipped step02-two game: the step does not build"), "{}", said.out);
    assert!(said.err.contains("step03-three tests … ok"), "{}", said.err);
}

#[test]
fn a_test_that_ends_its_process_costs_only_its_own_result() {
    let fixture = Fixture::new();
    let tests = "//! Breaks off.\n\n#[test]\nfn it_aborts() {\n    std::process::abort();\n}\n\n#[test]\nfn it_exits() \
                 {\n    std::process::exit(0);\n}\n\n#[test]\nfn it_fails() {\n    assert!(false, \"as it should\");\n}\n\n\
                 #[test]\nfn it_passes() {}\n";
    fixture.write("step01-one/tests/abort.rs", tests);
    let said = fixture.run(&["test-all", "--step", "1", "--suite", "tests"]);
    assert_eq!(said.code, Some(1));
    let aborts =
        "FAILED step01-one tests: abort::it_aborts\n    the test ended its process: signal: 6";
    let exits =
        "FAILED step01-one tests: abort::it_exits\n    the test ended its process: exit status: 0";
    for part in [
        aborts,
        exits,
        "as it should",
        "again alone: cargo test -p step01-one --test abort it_aborts",
    ] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
    assert_eq!(last_line(&said), "3 passed, 3 failed");
}

#[test]
fn an_ignored_test_is_listed_with_its_reason() {
    let fixture = Fixture::new();
    fixture.replace(
        "step01-one/tests/game.rs",
        "#[test]",
        "#[test]\n#[ignore = \"takes an hour\"]",
    );
    let said = fixture.run(&["test-all", "--step", "1", "--suite", "tests"]);
    assert_eq!(said.code, Some(0));
    let reason = "skipped step01-one tests: game::a_guess_stops_at_three: takes an hour";
    assert!(said.out.contains(reason), "{}", said.out);
    assert_eq!(last_line(&said), "1 passed, 0 failed, 1 skipped");
}

#[test]
fn models_run_with_the_flag_that_they_name() {
    let fixture = Fixture::new();
    let text = "//! Models.\n#![cfg(loom)]\n\n#[test]\nfn a_model_holds() {}\n";
    fixture.write("step01-one/tests/loom.rs", text);
    let text = text.replace("cfg(loom)", "cfg(other)");
    fixture.write("step02-two/tests/loom.rs", &text.replace("{}", "{ panic!() }"));
    fixture.write("step03-three/tests/loom.rs", "//! None.\n");
    let said = fixture.run(&["test-all", "--suite", "loom"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(last_line(&said), "1 passed, 2 failed");
    assert!(said.err.contains("step01-one loom … ok"), "{}", said.err);
    assert!(said.out.contains("step02-two loom: tests/loom.rs: a_model_holds"), "{}", said.out);
    assert!(said.out.contains("step03-three loom: tests/loom.rs has models"), "{}", said.out);
}

#[test]
fn a_step_without_models_is_told_to_who_asks_for_them() {
    let said = Fixture::new().run(&["test-all", "--suite", "loom"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(last_line(&said), "0 passed, 0 failed, 3 skipped");
}

#[test]
fn the_series_of_all_steps_are_a_suite() {
    let said = with_series().run(&["test-all", "--suite", "series"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert_eq!(last_line(&said), "10 passed, 0 failed, 2 skipped");
    let skipped = "skipped series: step 03: there is no xtask/series/step03/tasks.toml";
    assert!(said.out.contains(skipped), "{}", said.out);
}

#[test]
fn the_peers_are_skipped_where_there_are_none() {
    let said = Fixture::new().run(&["test-all", "--suite", "peers"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(last_line(&said), "0 passed, 0 failed, 1 skipped");
    assert!(said.out.contains("skipped peers: this workspace has no xtask"), "{}", said.out);
}

#[test]
fn a_layout_violation_fails_it() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/game.rs", "min(guess, 3)", "min(3, guess)");
    fixture.refresh_readme();
    let said = fixture.run(&["test-all", "--step", "2", "--suite", "layout"]);
    assert_eq!(said.code, Some(1));
    assert!(last_line(&said).ends_with(" passed, 1 failed"), "{}", said.out);
    // The other steps are not asked.
    assert!(!said.out.contains("step03-three"), "{}", said.out);
}

#[test]
fn an_undeclared_difference_fails_it() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/main.rs", "The program", "A program");
    fixture.refresh_readme();
    let said = fixture.run(&["test-all", "--suite", "layout"]);
    assert_eq!(said.code, Some(1));
    // Once against the step before, and once against the step after.
    assert!(last_line(&said).ends_with(" passed, 2 failed"), "{}", said.out);
}

#[test]
fn fail_fast_runs_nothing_after_the_first_failure() {
    let fixture = Fixture::new();
    fixture.replace("step01-one/tests/game.rs", ", 3)", ", 4)");
    let said = fixture.run(&["test-all", "--fail-fast"]);
    assert_eq!(said.code, Some(1));
    assert!(!said.out.contains("step02-two") && !said.out.contains("layout"), "{}", said.out);
}

#[test]
fn an_unknown_step_or_suite_is_answered_with_what_there_is() {
    let fixture = Fixture::new();
    let said = fixture.run(&["test-all", "--step", "7"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("the steps are 1 to 3"), "{}", said.err);
    let said = fixture.run(&["test-all", "--suite", "everything"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("possible values: tests, loom, game"), "{}", said.err);
}

#[test]
fn a_step_that_breaks_the_contract_of_the_game_fails_it() {
    let fixture = Fixture::new();
    // A server that keeps most rules, and says of a number that is too low that it is too high.
    let server = include_str!("../../../suite/examples/wrong_server.rs");
    let wrong = server.replace("is_fault(\"says high\")", "true");
    assert_ne!(server, wrong, "the fault has another name now");
    fixture.write("step01-one/src/main.rs", &wrong);
    let said = fixture.run(&["test-all", "--step", "1", "--suite", "game"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert!(said.out.contains("FAILED step01-one game: "), "{}", said.out);
    for part in ["expected: ", "     got: ", "the server:", "listening on 127.0.0.1:"] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
    let last = last_line(&said);
    assert!(last.contains(" passed, ") && !last.contains(" 0 failed"), "{last}");
}
