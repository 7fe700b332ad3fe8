//! `guards`, and the rule of the layout about them: every test was seen to fail.

use crate::fixture::Fixture;

/// The record of the fixture.
const RECORD: &str = "xtask/guards/all.toml";

#[test]
fn a_test_that_fails_without_what_it_guards_is_told_with_what_it_says_and_the_step_is_left_alone() {
    let fixture = Fixture::new();
    let before = fixture.written("step03-three/src/executor.rs");
    let said = fixture.run(&["guards", "--only", "it_counts", "--show"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for part in [
        "1/1 it counts wrong",
        "+    let first = 2;",
        "fails executor::it_counts: assertion `left == right` failed",
        "1 passed, 0 failed",
    ] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
    assert_eq!(fixture.written("step03-three/src/executor.rs"), before);
}

#[test]
fn a_test_that_notices_nothing_is_a_failure() {
    let fixture = Fixture::new();
    fixture.replace(RECORD, "'let first = 2;'", "'let first = 2 - 1;'");
    let said = fixture.run(&["guards"]);
    assert_eq!(said.code, Some(1));
    for part in [
        "fails game::a_guess_stops_at_three",
        "PASSES executor::it_counts",
        "FAILED executor::it_counts: does not notice that it counts wrong",
        "1 passed, 1 failed",
    ] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
}

#[test]
fn a_mutation_that_does_not_build_is_a_failure_and_the_others_are_tried() {
    let fixture = Fixture::new();
    fixture.replace(RECORD, "'min(guess, 4)'", "'min(guess, none)'");
    let said = fixture.run(&["guards"]);
    assert_eq!(said.code, Some(1));
    for part in
        ["CANNOT BE TRIED step03-three does not build with that in it", "1 passed, 1 failed"]
    {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
}

#[test]
fn what_nothing_is_about_is_an_error() {
    let said = Fixture::new().run(&["guards", "--only", "the moon"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("nothing in xtask/guards is about that"), "{}", said.err);
}

/// Checks the layout of a workspace, which must fail, and gives what it says.
fn layout(fixture: &Fixture) -> String {
    let said = fixture.run(&["test-all", "--suite", "layout"]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("every test was seen to fail"), "{}", said.out);
    said.out
}

#[test]
fn a_test_that_nobody_has_seen_fail_is_told_with_what_to_do() {
    let fixture = Fixture::new();
    let tests = fixture.read("step03-three/tests/executor.rs");
    fixture.write(
        "step03-three/tests/executor.rs",
        &format!("{tests}\n#[test]\nfn it_is_new() {{}}\n"),
    );
    let said = layout(&fixture);
    assert!(said.contains("executor::it_is_new: nobody has seen it fail"), "{said}");
    assert!(said.contains("write into xtask/guards"), "{said}");
}

#[test]
fn a_bug_of_the_last_step_guards_its_test_too() {
    let fixture = Fixture::new();
    let record = fixture.read(RECORD);
    let (game, executor) = record.split_once("\n\n").unwrap();
    fixture.write(RECORD, game);
    assert!(layout(&fixture).contains("executor::it_counts: nobody has seen it fail"));
    let bug = executor.replace("mutation", "bug").replace("step03-three/", "");
    let bug = bug
        .replace("fails = ['executor::it_counts']", "test = 'executor::it_counts'\nsays = 'left'");
    fixture.write("xtask/bugs/step03.toml", &bug);
    let said = fixture.run(&["test-all", "--suite", "layout"]);
    assert_eq!(said.code, Some(0), "{}", said.out);
}

#[test]
fn a_text_that_is_not_in_its_file_any_more_is_told() {
    let fixture = Fixture::new();
    fixture.replace(RECORD, "find = 'let first = 1;'", "find = 'let last = 1;'");
    let said = layout(&fixture);
    assert!(said.contains("its text occurs 0 times in step03-three/src/executor.rs"), "{said}");
}

#[test]
fn a_test_that_does_not_exist_is_told() {
    let fixture = Fixture::new();
    fixture.replace(
        RECORD,
        "['executor::it_counts']",
        "['executor::it_counts', 'executor::it_sings']",
    );
    assert!(layout(&fixture).contains("there is no test `executor::it_sings` in step03-three"));
}

#[test]
fn several_at_the_same_time_are_each_tried_once() {
    let fixture = Fixture::new();
    let said = fixture.run(&["guards", "--jobs", "2"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for part in
        ["1/2 ", "2/2 ", "it counts wrong", "the game takes any guess", "2 passed, 0 failed"]
    {
        assert_eq!(said.out.matches(part).count(), 1, "{part:?} in:\n{}", said.out);
    }
    for job in ["0", "1"] {
        let copy = fixture.root().join("target/guards").join(job).join("workspace");
        assert!(copy.is_dir(), "nobody works in {}", copy.display());
    }
}

/// Two tests, of which the second should panic and the first is fine, and a mutation that must make both fail.
fn with_two_tests(fixture: &Fixture, find: &str, replace: &str) {
    fixture.write(
        "step03-three/tests/executor.rs",
        "//! The executor.\n\n#[test]\nfn it_counts() {\n    assert_eq!(step03_three::executor::count(), 1);\n}\n\n\
         #[test]\n#[should_panic]\nfn it_panics() {\n    assert_eq!(step03_three::executor::count(), 2);\n}\n",
    );
    fixture.replace(
        RECORD,
        "['executor::it_counts']",
        "['executor::it_counts', 'executor::it_panics']",
    );
    fixture.replace(RECORD, "'let first = 1;'", find);
    fixture.replace(RECORD, "'let first = 2;'", replace);
}

#[test]
fn a_test_that_should_panic_fails_by_not_panicking() {
    let fixture = Fixture::new();
    with_two_tests(&fixture, "'let first = 1;'", "'let first = 2;'");
    let said = fixture.run(&["guards", "--only", "it counts wrong"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("fails executor::it_panics: "), "{}", said.out);
}

#[test]
fn of_tests_whose_process_breaks_off_each_is_run_alone() {
    let fixture = Fixture::new();
    with_two_tests(&fixture, "'let first = 1;'", "'let first = std::process::abort();'");
    let said = fixture.run(&["guards", "--only", "it counts wrong"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("2 passed, 0 failed"), "{}", said.out);
}

#[test]
fn a_test_file_that_is_not_there_for_cargo_is_an_error_and_no_failed_test() {
    let fixture = Fixture::new();
    fixture.replace(
        "step03-three/Cargo.toml",
        "\n\n[package.metadata.step]",
        "\nautotests = false\n\n[package.metadata.step]",
    );
    let said = fixture.run(&["guards", "--only", "it_counts"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("the tests of step03-three did not run"), "{}", said.out);
}
