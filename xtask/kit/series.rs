//! A series of two tasks for the small workspace.

use crate::fixture::{Fixture, Said};

/// The executor of the second step: the first task writes `min`, the second one `count`.
pub const MIN: &str = "//! The executor.\n\n/// The smaller of two.\npub fn min(a: usize, b: usize) -> usize {\n    \
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

/// A hunk that adds lines at the end of the executor.
fn at_the_end(lines: &str) -> String {
    let added: String = lines.lines().map(|line| format!("+{line}\n")).collect();
    format!(
        "--- a/src/executor.rs\n+++ b/src/executor.rs\n@@ -4,3 +4,{} @@\n pub fn min(a: usize, b: usize) -> usize {{\n     \
         if a < b {{ a }} else {{ b }}\n }}\n{added}",
        3 + added.lines().count()
    )
}

/// That workspace with the patches of its tasks.
pub fn with_series() -> Fixture {
    let fixture = two_tasks();
    let write = |name: &str, text: &str| {
        fixture.write(&format!("xtask/series/step02/{name}.patch"), text);
    };
    let min: String = MIN.lines().map(|line| format!("+{line}\n")).collect();
    write(
        "1",
        &format!(
            "--- /dev/null\n+++ b/src/executor.rs\n@@ -0,0 +1,{} @@\n{min}\
             --- a/src/game.rs\n+++ b/src/game.rs\n@@ -1,6 +1,6 @@\n //! The game.\n \n-use std::cmp::min;\n\
             +use crate::executor::min;\n \n /// Plays.\n ///\n\
             --- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,4 +1,5 @@\n-//! Step 1.\n+//! Step 2.\n #![forbid(unsafe_code)]\n \n \
             pub mod game;\n+pub mod executor;\n",
            min.lines().count()
        ),
    );
    let laid = COUNT.replace("    let first = 1;\n    first\n", "    todo!()\n");
    write("2", &at_the_end(COUNT));
    write("2.start", &at_the_end(&laid));
    write("2.naive", &at_the_end(&COUNT.replace("= 1", "= 2")));
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
