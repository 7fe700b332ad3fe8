//! Differences between steps, as they are shown.

use crate::fixture::Fixture;

/// Shows a difference, which must succeed and be plain where it is piped.
fn diff(fixture: &Fixture, arguments: &[&str]) -> String {
    let said = fixture.run(&[&["diff"], arguments].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(!said.out.contains('\u{1b}'), "{}", said.out);
    said.out
}

#[test]
fn a_difference_shows_additions_and_deletions_and_the_item_they_are_in() {
    let fixture = Fixture::new();
    let out = diff(&fixture, &["2", "3", "executor.rs"]);
    let start = "--- step02-two/src/executor.rs\n+++ step03-three/src/executor.rs\n@@ -";
    assert!(out.starts_with(start), "{out}");
    assert!(out.contains(" @@ pub fn count() -> usize {\n"), "{out}");
    assert!(out.contains("\n-    7\n+    8\n"), "{out}");
    // A new file is shown whole, and on the way back it is gone.
    let out = diff(&fixture, &["2", "3", "src/waker.rs"]);
    let whole = "\n@@ -0,0 +1,4 @@\n+//! Wakes.\n+\n+/// Wakes.\n+pub fn wake() {}\n";
    assert_eq!(out, format!("--- /dev/null\n+++ step03-three/src/waker.rs{whole}"));
    let out = diff(&fixture, &["3", "2", "waker"]);
    assert!(out.contains("+++ /dev/null\n@@ -1,4 +0,0 @@\n-//! Wakes.\n"), "{out}");
    fixture.write("step03-three/src/waker.rs", "//! Wakes.");
    let out = diff(&fixture, &["2", "3", "waker.rs"]);
    assert!(out.ends_with("+//! Wakes.\n\\ No newline at end of file\n"), "{out}");
}

#[test]
fn neither_a_crates_own_name_nor_the_line_ends_of_windows_are_a_difference() {
    let fixture = Fixture::new();
    let main = fixture.read("step02-two/src/main.rs");
    fixture.write("step02-two/src/main.rs", &main.replace('\n', "\r\n"));
    let out = diff(&fixture, &["1", "2"]);
    assert!(!out.contains("main.rs") && !out.contains("tests/game.rs"), "{out}");
    assert!(out.contains("+    assert_eq!(stepNN_name::executor::count(), 1);"), "{out}");
    assert!(!out.contains("step02_two") && !out.contains("number = "), "{out}");
}

#[test]
fn the_most_important_file_comes_first() {
    let fixture = Fixture::new();
    fixture.write("step03-three/tests/waker.rs", "//! More.\n");
    fixture.replace("step03-three/Cargo.toml", "[dependencies]", "[dependencies]\na = '1'");
    let out = diff(&fixture, &["1", "3", "--stat"]);
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected: [&[&str]; 9] = [
        &["file", "+", "−", "total"],
        &["src/executor.rs", "(new)", "17", "0", "17"],
        &["src/waker.rs", "(new)", "4", "0", "4"],
        &["src/lib.rs", "3", "1", "4"],
        &["src/game.rs", "1", "1", "2"],
        &["tests/executor.rs", "(new)", "6", "0", "6"],
        &["tests/waker.rs", "(new)", "1", "0", "1"],
        &["Cargo.toml", "1", "0", "1"],
        &["7", "files", "33", "2", "35"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_file_or_a_step_that_does_not_differ_is_answered_with_what_does() {
    let fixture = Fixture::new();
    for (arguments, words) in [
        (
            &["2", "3", "timer.rs"][..],
            "no file `timer.rs` differs: name one of those that do\n  src/waker.rs\n",
        ),
        (&["2", "2"], "cargo xtask diff 1 2"),
        (&["2", "9"], "the steps are 1 to 3"),
    ] {
        let said = fixture.run(&[&["diff"], arguments].concat());
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(words), "{}", said.err);
    }
}
