//! Differences between steps, as they are shown.

use crate::fixture::Fixture;

/// Shows a difference, which must succeed.
fn diff(fixture: &Fixture, arguments: &[&str]) -> String {
    let said = fixture.run(&[&["diff"], arguments].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    said.out
}

#[test]
fn a_difference_shows_additions_and_deletions_and_the_item_they_are_in() {
    let out = diff(&Fixture::new(), &["2", "3", "executor.rs"]);
    assert!(
        out.starts_with("--- step02-two/src/executor.rs\n+++ step03-three/src/executor.rs\n@@ -"),
        "{out}"
    );
    assert!(out.contains(" @@ pub fn count() -> usize {\n"), "{out}");
    assert!(out.contains("\n-    7\n+    8\n"), "{out}");
}

#[test]
fn a_crates_own_name_is_no_difference() {
    let out = diff(&Fixture::new(), &["1", "2"]);
    assert!(!out.contains("main.rs") && !out.contains("tests/game.rs"), "{out}");
    assert!(out.contains("+    assert_eq!(stepNN_name::executor::count(), 1);"), "{out}");
    assert!(!out.contains("step02_two") && !out.contains("number = "), "{out}");
}

#[test]
fn the_most_important_file_comes_first() {
    let fixture = Fixture::new();
    fixture.write("step03-three/tests/waker.rs", "//! More.\n");
    fixture.replace("step03-three/Cargo.toml", "[dependencies]", "[dependencies]\na = '1'");
    let out = diff(&fixture, &["1", "3"]);
    let files: Vec<&str> =
        out.lines().filter_map(|line| line.strip_prefix("+++ step03-three/")).collect();
    let expected = [
        "src/executor.rs",
        "src/waker.rs",
        "src/lib.rs",
        "src/game.rs",
        "tests/executor.rs",
        "tests/waker.rs",
        "Cargo.toml",
    ];
    assert_eq!(files, expected);
    assert!(out.contains("\n+a = '1'\n"), "{out}");
}

#[test]
fn a_new_file_is_shown_whole_and_backwards_it_is_gone() {
    let fixture = Fixture::new();
    let whole = "\n@@ -0,0 +1,4 @@\n+//! Wakes.\n+\n+/// Wakes.\n+pub fn wake() {}\n";
    let out = diff(&fixture, &["2", "3", "src/waker.rs"]);
    assert_eq!(out, format!("--- /dev/null\n+++ step03-three/src/waker.rs{whole}"));
    let out = diff(&fixture, &["3", "2", "waker"]);
    assert!(out.contains("+++ /dev/null\n@@ -1,4 +0,0 @@\n-//! Wakes.\n"), "{out}");
}

#[test]
fn a_missing_end_of_line_is_told() {
    let fixture = Fixture::new();
    fixture.write("step03-three/src/waker.rs", "//! Wakes.");
    let out = diff(&fixture, &["2", "3", "waker.rs"]);
    assert!(out.ends_with("+//! Wakes.\n\\ No newline at end of file\n"), "{out}");
}

#[test]
fn stat_is_a_table_of_counts() {
    let out = diff(&Fixture::new(), &["2", "3", "--stat"]);
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected: [&[&str]; 5] = [
        &["file", "+", "−", "total"],
        &["src/waker.rs", "(new)", "4", "0", "4"],
        &["src/lib.rs", "2", "1", "3"],
        &["src/executor.rs", "1", "1", "2"],
        &["3", "files", "7", "2", "9"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn piped_output_is_plain() {
    let out = diff(&Fixture::new(), &["1", "3"]);
    assert!(!out.contains('\u{1b}'), "{out}");
}

#[test]
fn an_unknown_file_is_answered_with_those_that_differ() {
    let said = Fixture::new().run(&["diff", "2", "3", "timer.rs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.starts_with("error: no file `timer.rs` differs"), "{}", said.err);
    assert!(said.err.contains("\n  src/waker.rs\n"), "{}", said.err);
}

#[test]
fn a_step_against_itself_is_answered_with_a_hint() {
    let said = Fixture::new().run(&["diff", "2", "2"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("cargo xtask diff 1 2"), "{}", said.err);
    let said = Fixture::new().run(&["diff", "2", "9"]);
    assert!(said.err.contains("the steps are 1 to 3"), "{}", said.err);
}
