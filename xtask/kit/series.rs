//! A series of two tasks for the small workspace. Its files are in `series/`.

use crate::fixture::{Fixture, Said};

/// The executor of the second step: the first task writes `min`, the second one `count`.
pub const MIN: &str = "//! The executor.\n\n/// The smaller of two.\npub fn min(a: usize, b: usize) -> usize {\n    \
                   if a < b { a } else { b }\n}\n";
pub const COUNT: &str =
    "\n/// Counts.\npub fn count() -> usize {\n    let first = 1;\n    first\n}\n";

/// A test file with one test in it.
fn test(name: &str, body: &str) -> String {
    format!("//! A test.\n\n#[test]\nfn {name}() {{\n    {body}\n}}\n")
}

/// A workspace in which the second step has two tasks, not yet laid.
pub fn two_tasks() -> Fixture {
    let fixture = Fixture::new();
    for (step, modules) in [
        ("step01-one", "mod game;\n"),
        ("step02-two", "mod game;\nmod smaller;\n#[cfg(test)]\n// Counts.\nmod counting;\n"),
    ] {
        let number = &step[5..6];
        fixture.write(
            &format!("{step}/Cargo.toml"),
            &format!(
                "[package]\nname = '{step}'\nversion.workspace = true\nedition = '2024'\nautotests = false\n\n[package.metadata.step]\n\
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
    fixture.write("xtask/series/step02/tasks.toml", include_str!("series/tasks.toml"));
    fixture
}

/// That workspace with the patches of its tasks.
pub fn with_series() -> Fixture {
    let fixture = two_tasks();
    for (name, patch) in [
        ("1", include_str!("series/1.patch")),
        ("2", include_str!("series/2.patch")),
        ("2.start", include_str!("series/2.start.patch")),
        ("2.naive", include_str!("series/2.naive.patch")),
    ] {
        fixture.write(&format!("xtask/series/step02/{name}.patch"), patch);
    }
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
