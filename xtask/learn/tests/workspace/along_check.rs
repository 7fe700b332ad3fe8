//! `check` and `hint`: what they run, what they say of it, and that they leave alone what is the learner's.

use std::{fs, process::Command};

use crate::{
    along::{started, write_task_1},
    fixture::{Fixture, Said},
    tasks::{COUNT, says},
};

/// A learner who has done the first task of two.
fn at_task_2() -> Fixture {
    let fixture = started();
    write_task_1(&fixture);
    let words = ["✓ task 1 of 2, \"Take the smaller\"", "Now task 2 of 2, \"Count\"."];
    says(&fixture.run(&["check", "2"]), 1, &words);
    fixture
}

/// What the learner writes for the second task.
fn write_task_2(fixture: &Fixture, first: usize) {
    let executor = fixture.read("step02-two/src/executor.rs");
    let executor = executor.replace("let first = 1;", &format!("let first = {first};"));
    fixture.write("my/step02/src/executor.rs", &executor);
}

#[test]
fn the_first_check_fails_as_it_was_said_to_and_says_where_to_read() {
    let fixture = started();
    let words = [
        "cannot find `executor` in `step02_two`",
        "FAILED my/step02 does not compile\n",
        "task: task 1 of 2, \"Take the smaller\"\nread: docs/src/2.md:3, \"Task 1: the smaller\"\n\
         stuck? cargo xtask hint 2\n",
        "This was to be expected: nothing is written yet.",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    let words = ["0 of 2  at task 1, \"Take the smaller\"", "next: cargo xtask check 2"];
    says(&fixture.run(&["progress"]), 0, &words);
}

#[test]
fn when_a_task_passes_the_next_one_is_laid() {
    let fixture = at_task_2();
    let executor = fixture.read("my/step02/src/executor.rs");
    assert!(executor.ends_with("pub fn count() -> usize {\n    todo!()\n}\n"), "{executor}");
    let list = fixture.read("my/step02/tests/all.rs");
    assert!(list.ends_with("mod smaller;\n// Counts.\nmod counting;\n"), "{list}");
    assert!(fixture.root().join("my/step02/examples/count.rs").is_file());
    says(&fixture.run(&["progress"]), 0, &["1 of 2  at task 2, \"Count\""]);
    // Nothing is laid twice, and the number of the step is that of the folder.
    let check = |folder: &str| {
        let output = Command::new(crate::PROGRAM)
            .arg("check")
            .current_dir(fixture.root().join(folder))
            .env("XTASK_ROOT", fixture.root())
            .env("CARGO_TARGET_DIR", fixture.root().join("target"))
            .output()
            .unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        Said { code: output.status.code(), out, err }
    };
    let words = ["FAILED counting::it_counts", "not yet implemented", "This was to be expected"];
    says(&check("my/step02/src"), 1, &words);
    assert_eq!(fixture.read("my/step02/src/executor.rs"), executor);
    write_task_2(&fixture, 1);
    // No program of the fixture plays the game.
    let words = ["✓ task 2 of 2, \"Count\"", "doc tests … ok", "Cargo.toml … ok", "game … "];
    says(&fixture.run(&["check", "2"]), 1, &words);
}

#[test]
fn what_is_laid_for_a_task_is_printed_where_it_does_not_fit() {
    let fixture = started();
    write_task_1(&fixture);
    let mine = fixture
        .read("my/step02/src/executor.rs")
        .replace("{ a } else { b }", "{ a } else { b } // ?");
    fixture.write("my/step02/src/executor.rs", &mine);
    let words = [
        "Your files differ from ours, so add these lines yourself:\n\nsrc/executor.rs\n    /// Counts.\n    \
         pub fn count() -> usize {\n",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    assert_eq!(fixture.read("my/step02/src/executor.rs"), mine);
}

#[test]
fn a_learner_who_wrote_more_than_one_task_gets_no_start() {
    let fixture = started();
    write_task_1(&fixture);
    write_task_2(&fixture, 1);
    let said = fixture.run(&["check", "2"]);
    says(&said, 1, &["✓ task 1 of 2", "✓ task 2 of 2", "doc tests … ok"]);
    assert!(!said.out.contains("Now task"), "{}", said.out);
}

#[test]
fn a_failure_says_what_was_expected_and_what_came_and_how_to_run_the_test_alone() {
    let fixture = at_task_2();
    write_task_2(&fixture, 7);
    let words = [
        "FAILED counting::it_counts\n    at tests/counting.rs:5:5\n    expected: 1\n         got: 7\n       \
         alone: cargo test --test all counting::it_counts  (in my/step02)",
        "task: task 2 of 2, \"Count\"\nread: docs/src/2.md:5, \"Task 2: count\"",
    ];
    let said = fixture.run(&["check", "2"]);
    says(&said, 1, &words);
    assert!(!said.err.contains("game") && !said.out.contains("expected: nothing"), "{}", said.err);
    // A check of a part forgets nothing.
    says(&fixture.run(&["check", "2", "--only", "smaller"]), 0, &["smaller passes"]);
    says(&fixture.run(&["hint", "2"]), 0, &["about counting::it_counts"]);
    says(&fixture.run(&["check", "2", "--only", "counting::it_counts"]), 1, &["got: 7"]);
    says(&fixture.run(&["check", "2", "--only", "small"]), 1, &["no test or module `small`"]);
}

#[test]
fn a_task_that_was_done_and_fails_again_is_named() {
    let fixture = at_task_2();
    write_task_2(&fixture, 1);
    fixture.replace("my/step02/src/executor.rs", "if a < b", "if a > b");
    let words = ["FAILED smaller::the_smaller_is_taken", "task: task 1 of 2, \"Take the smaller\""];
    says(&fixture.run(&["check", "2"]), 1, &words);
}

#[test]
fn it_is_our_tests_that_run_and_the_learners_stay_as_they_are() {
    let fixture = at_task_2();
    write_task_2(&fixture, 7);
    fixture.replace("my/step02/tests/counting.rs", "1)", "7)");
    fixture.remove("my/step02/tests/game.rs");
    let before = fixture.read("my/step02/tests/counting.rs");
    let words = [
        "You changed tests/counting.rs. This check runs our copy; your file is untouched.",
        "You changed tests/game.rs.",
        "expected: 1",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    assert_eq!(fixture.read("my/step02/tests/counting.rs"), before);
    assert!(!fixture.root().join("my/step02/tests/game.rs").exists());
}

#[test]
fn what_was_moved_aside_is_not_taken_for_what_was_laid_after_it() {
    let fixture = at_task_2();
    write_task_2(&fixture, 1);
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    write_task_1(&fixture);
    says(&fixture.run(&["check", "2"]), 1, &["Now task 2"]);
    write_task_2(&fixture, 7);
    // A build of what is aside is the newest of all.
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
    write_task_1(&fixture);
    write_task_2(&fixture, 1);
    // What the step before depends on is there from the start.
    let old = fixture.root().join("old");
    let old_line = format!("[dependencies]\nold = {{ path = '{}' }}\n", old.display());
    fixture.write("old/Cargo.toml", "[package]\nname = 'old'\n\n[workspace]\n");
    fixture.write("old/src/lib.rs", "");
    fixture.replace("step01-one/Cargo.toml", "[dependencies]\n", &old_line);
    fixture.write("xtask/series/step02/0.patch", "");
    fs::remove_dir_all(fixture.root().join("xtask/series")).unwrap();
    fixture.replace("my/step02/Cargo.toml", "[dependencies]\n", &old_line);
    let words =
        ["FAILED my/step02/Cargo.toml", "expected: no old", "got: old under [dependencies]"];
    says(&fixture.run(&["check", "2"]), 1, &words);
}

#[test]
fn a_step_without_a_series_is_one_task() {
    let fixture = started();
    fs::remove_dir_all(fixture.root().join("xtask/series")).unwrap();
    let words = ["  task 1: Title 2\n", "Now task 1 of 1, \"Title 2\""];
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &words);
    assert!(fixture.read("my/step02/tests/all.rs").contains("mod counting;"));
    says(&fixture.run(&["check", "2"]), 1, &["FAILED my/step02 does not compile"]);
    write_task_1(&fixture);
    write_task_2(&fixture, 1);
    says(&fixture.run(&["check", "2"]), 1, &["✓ task 1 of 1", "doc tests … ok"]);
    says(&fixture.run(&["start", "1"]), 0, &["my/step01 is ready: the starting point"]);
}

#[test]
fn hints_come_one_at_a_time_and_those_about_what_failed_first() {
    let fixture = started();
    says(&fixture.run(&["hint", "2", "--again"]), 1, &["no hint was shown yet"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 3 of 3, about smaller\nthree\n"]);
    says(&fixture.run(&["hint", "2", "--again"]), 0, &["three"]);
    write_task_1(&fixture);
    says(&fixture.run(&["check", "2"]), 1, &["Now task 2"]);
    write_task_2(&fixture, 7);
    says(&fixture.run(&["check", "2"]), 1, &["got: 7"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 1 of 3, about counting::it_counts\none\n"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 2 of 3, about task 2"]);
    let words = ["Those were all 3 hints for step 2.", "docs/src/2.md:5", "compare 2 --task 2"];
    says(&fixture.run(&["hint", "2"]), 0, &words);
    says(&fixture.run(&["hint", "2", "--all"]), 0, &["one", "two", "three"]);
    // The check of the series finds a hint about nothing.
    fixture.replace("xtask/hints/step02.toml", "'smaller'", "'smallest'");
    says(&fixture.run(&["series", "2"]), 1, &["\"smallest\" is neither a task nor a test"]);
}

#[test]
fn a_test_that_hangs_hides_no_other_failure() {
    let fixture = at_task_2();
    write_task_2(&fixture, 1);
    let test = |name: &str, body: &str| format!("#[test]\nfn {name}() {{\n    {body}\n}}\n");
    let stuck = "use std::io::Write;\n    let _ = writeln!(std::io::stderr(), \"counting::b_waits did not return \
                 within 10s\");\n    std::process::abort();";
    let tests =
        test("c_passes", "") + &test("b_waits", stuck) + &test("a_fails", "assert_eq!(1, 2);");
    fixture.write("step02-two/tests/counting.rs", &tests);
    let words = [
        "FAILED counting::b_waits\n    expected: an end\n         got: none within 10s\n",
        "FAILED counting::a_fails\n    at tests/counting.rs:13:5\n    expected: 2\n         got: 1\n",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    assert_eq!(COUNT.lines().count(), 6);
}
