//! `series`: what it checks, what it lays, and what it saves.

use crate::fixture::{Fixture, Said};

/// The executor of the second step: the first task writes `min`, the second one `count`.
const MIN: &str = "//! The executor.\n\n/// The smaller of two.\npub fn min(a: usize, b: usize) -> usize {\n    \
                   if a < b { a } else { b }\n}\n";
pub const COUNT: &str =
    "\n/// Counts.\npub fn count() -> usize {\n    let first = 1;\n    first\n}\n";

/// The tasks of the second step.
const TASKS: &str = "[[task]]
title = 'Take the smaller'
section = 'the smaller'
tests = ['smaller']
test = 'smaller::the_smaller_is_taken'
minutes = 10

[[task]]
title = 'Count'
tests = ['counting']
test = 'counting::it_counts'
examples = ['count']

[task.naive]
says = 'left: 2'
";

/// A test file with one test in it.
fn test(name: &str, body: &str) -> String {
    format!("//! A test.\n\n#[test]\nfn {name}() {{\n    {body}\n}}\n")
}

/// A workspace in which the second step has two tasks, not yet laid.
pub fn two_tasks() -> Fixture {
    let fixture = Fixture::new();
    for (step, modules) in [
        ("step01-one", "mod game;\n"),
        ("step02-two", "mod game;\nmod smaller;\n// Counts.\nmod counting;\n"),
    ] {
        let number = &step[5..6];
        fixture.write(
            &format!("{step}/Cargo.toml"),
            &format!(
                "[package]\nname = '{step}'\nedition = '2024'\nautotests = false\n\n[package.metadata.step]\n\
                 number = {number}\ntitle = 'Title {number}'\ncapability = 'capability {number}'\n\
                 chapter = 'docs/src/{number}.md'\n\n[[test]]\nname = \"all\"\npath = \"tests/all.rs\"\n\n[dependencies]\n"
            ),
        );
        fixture.write(&format!("{step}/tests/all.rs"), &format!("//! All tests.\n\n{modules}"));
        let crate_name = step.replace('-', "_");
        fixture.write(
            &format!("{step}/tests/game.rs"),
            &test(
                "a_guess_stops_at_three",
                &format!("assert_eq!({crate_name}::game::play(5), 3);"),
            ),
        );
    }
    fixture.remove("step02-two/tests/executor.rs");
    fixture.write(
        "step02-two/tests/smaller.rs",
        &test("the_smaller_is_taken", "assert_eq!(step02_two::executor::min(1, 2), 1);"),
    );
    fixture.write(
        "step02-two/tests/counting.rs",
        &test("it_counts", "assert_eq!(step02_two::executor::count(), 1);"),
    );
    fixture.write(
        "step02-two/examples/count.rs",
        "//! Counts.\n\nfn main() {\n    println!(\"{}\", step02_two::executor::count());\n}\n",
    );
    fixture.write("step02-two/src/executor.rs", &format!("{MIN}{COUNT}"));
    fixture.write("docs/src/2.md", "# Two\n\n## Task 1: the smaller\n\n## Task 2: count\n");
    fixture.write("xtask/series/step02/tasks.toml", TASKS);
    fixture
}

/// That workspace with its series laid, written and saved.
pub fn with_series() -> Fixture {
    let fixture = two_tasks();
    says(&fixture.run(&["series", "2", "--lay"]), 0, &["not applied, xtask/series/step02/1.patch"]);
    let write = |folder: &str, text: &str| {
        fixture.write(&format!("target/series/step02/{folder}/src/executor.rs"), text);
    };
    for folder in ["1", "2.start", "2.naive"] {
        for file in ["lib.rs", "game.rs"] {
            let ours = fixture.read(&format!("step02-two/src/{file}"));
            fixture.write(&format!("target/series/step02/{folder}/src/{file}"), &ours);
        }
    }
    write("1", MIN);
    let laid = COUNT.replace("    let first = 1;\n    first\n", "    todo!()\n");
    write("2.start", &format!("{MIN}{laid}"));
    write("2.naive", &format!("{MIN}{}", COUNT.replace("= 1", "= 2")));
    let words = ["wrote xtask/series/step02/1.patch", "wrote xtask/series/step02/2.start.patch"];
    says(&fixture.run(&["series", "2", "--save"]), 0, &words);
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

#[test]
fn a_series_that_is_laid_and_saved_passes() {
    let fixture = with_series();
    let words = [
        "step 02, prefix 0: compiles, 1 tests pass",
        "step 02, task 1, \"Take the smaller\": start: smaller::the_smaller_is_taken is red, it does not compile: error[E0433]",
        "step 02, task 2, \"Count\": start: counting::it_counts is red",
        "step 02, task 2, \"Count\": naive: counting::it_counts fails, and prints \"left: 2\"",
        "step 02, prefix 2: compiles, 3 tests pass",
        "10 passed, 0 failed",
    ];
    says(&fixture.run(&["series", "2"]), 0, &words);
    // What passed is not built again until something changes.
    says(&fixture.run(&["series", "2"]), 0, &["step 02, prefix 2: passed before"]);
    // Saving what was laid writes nothing.
    says(&fixture.run(&["series", "2", "--lay"]), 0, &[]);
    let said = fixture.run(&["series", "2", "--save"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
    // What is not saved is not written over.
    fixture.replace("target/series/step02/1/src/executor.rs", "smaller", "lesser");
    says(
        &fixture.run(&["series", "2", "--lay"]),
        1,
        &["series/step02/1 has edits that are not saved"],
    );
    // The crate's name is neutral in a patch.
    let patch = fixture.read("xtask/series/step02/1.patch");
    assert!(patch.contains("--- /dev/null\n+++ b/src/executor.rs\n"), "{patch}");
    assert!(!patch.contains("step02"), "{patch}");
}

#[test]
fn a_change_of_the_step_is_carried_into_the_prefixes() {
    let fixture = with_series();
    fixture.replace("step02-two/src/executor.rs", "The smaller of two.", "The smaller of both.");
    let words = [
        "FAILED step 02, the last prefix is the step",
        "src/executor.rs differs from line 3 on",
        "expected: \"/// The smaller of both.\"",
        "cargo xtask series 2 --lay --carry",
    ];
    says(&fixture.run(&["series", "2"]), 1, &words);
    says(
        &fixture.run(&["series", "2", "--lay"]),
        0,
        &["The last prefix is not step02-two: src/executor.rs."],
    );
    says(&fixture.run(&["series", "2", "--lay", "--carry"]), 0, &[]);
    says(&fixture.run(&["series", "2", "--save"]), 0, &["wrote xtask/series/step02/1.patch"]);
    says(&fixture.run(&["series", "2"]), 0, &["10 passed, 0 failed"]);
    let naive = fixture.read("target/series/step02/2.naive/src/executor.rs");
    assert!(naive.contains("of both") && naive.contains("first = 2"), "{naive}");
}

#[test]
fn a_hunk_that_does_not_apply_is_named() {
    let fixture = with_series();
    fixture.replace("step01-one/src/game.rs", "use std::cmp::min;", "use std::cmp as order;");
    let words = [
        "xtask/series/step02/1.patch does not apply to the prefix before it: hunk 1 of src/game.rs:",
        "-use std::cmp::min;",
        "cargo xtask series 2 --lay",
    ];
    says(&fixture.run(&["series", "2"]), 1, &words);
    says(&fixture.run(&["series", "2", "--lay"]), 0, &["not applied, xtask/series/step02/1.patch"]);
}

#[test]
fn a_task_that_proves_nothing_or_too_much_fails() {
    let fixture = with_series();
    let grow = |lines: usize| {
        let more: String =
            (0..lines).map(|line| format!("/// A.\npub fn f{line}() {{}}\n")).collect();
        let game = fixture.read("step02-two/src/game.rs") + &more;
        for folder in ["1", "2", "2.start", "2.naive"] {
            fixture.write(&format!("target/series/step02/{folder}/src/game.rs"), &game);
        }
        let words = ["The last folder is not step02-two yet: src/game.rs"];
        says(&fixture.run(&["series", "2", "--save"]), 0, &words);
    };
    grow(80);
    let words = ["warning: 86 lines of code change, more than 80"];
    says(&fixture.run(&["series", "2", "--task", "1"]), 0, &words);
    grow(120);
    says(
        &fixture.run(&["series", "2", "--task", "1"]),
        1,
        &["more than 120: make two tasks of it"],
    );
    fixture.replace(
        "xtask/series/step02/tasks.toml",
        "counting::it_counts",
        "game::a_guess_stops_at_three",
    );
    fixture.replace("xtask/series/step02/tasks.toml", "left: 2", "left: 3");
    let words = [
        "game::a_guess_stops_at_three passes before anything is written",
        "game::a_guess_stops_at_three passes: the naive version should fail",
    ];
    says(&fixture.run(&["series", "2", "--task", "2"]), 1, &words);
    fixture.replace("xtask/series/step02/tasks.toml", "['counting']", "['county']");
    says(
        &fixture.run(&["series", "2"]),
        1,
        &["task 2 lists tests/county.rs, which step02-two does not have"],
    );
}
