//! `series`: what it checks, what it lays, and what it saves.

use crate::{
    fixture::Fixture,
    tasks::{COUNT, MIN, says, two_tasks, with_series},
};

/// That workspace with its series laid, written and saved.
fn laid_series() -> Fixture {
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

#[test]
fn a_series_that_is_laid_and_saved_passes() {
    let fixture = laid_series();
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
        "FAILED series: step 02, the last prefix is the step",
        "src/executor.rs differs from line 3 on",
        "expected: \"/// The smaller of both.\"",
        "cargo xtask series 2 --lay --carry",
    ];
    says(&fixture.run(&["test-all", "--suite", "series"]), 1, &words);
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
    says(&fixture.run(&["series", "2", "--lay"]), 0, &[]);
    let more: String = (0..120).map(|line| format!("/// A.\npub fn f{line}() {{}}\n")).collect();
    let game = fixture.read("step02-two/src/game.rs") + &more;
    for folder in ["1", "2", "2.start", "2.naive"] {
        fixture.write(&format!("target/series/step02/{folder}/src/game.rs"), &game);
    }
    let words = ["The last folder is not step02-two yet: src/game.rs"];
    says(&fixture.run(&["series", "2", "--save"]), 0, &words);
    let tasks = "xtask/series/step02/tasks.toml";
    fixture.replace(tasks, "counting::it_counts", "game::a_guess_stops_at_three");
    let words = [
        "more than 120: make two tasks of it",
        "game::a_guess_stops_at_three passes before anything is written",
        "game::a_guess_stops_at_three passes: the naive version should fail",
    ];
    says(&fixture.run(&["series", "2"]), 1, &words);
    fixture.replace(tasks, "['counting']", "['county']");
    let words = ["task 2 lists tests/county.rs, which step02-two does not have"];
    says(&fixture.run(&["series", "2"]), 1, &words);
}
