//! `docs`: fences that are filled from the code, and what is said when they are not as they should be.

use crate::fixture::{Fixture, Said};

/// The page that most tests write.
pub const PAGE: &str = "docs/src/page.md";

/// A workspace with a book, one page of which has this text.
pub fn book(text: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write(PAGE, text);
    let pages = ["1", "2", "3", "page"].map(|page| format!("- [{page}]({page}.md)\n"));
    fixture.write("docs/src/SUMMARY.md", &format!("# Summary\n\n{}", pages.concat()));
    fixture
}

/// The book with its fences filled.
pub fn filled(text: &str) -> Fixture {
    let fixture = book(text);
    let said = fixture.run(&["docs"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture
}

/// Checks a book in which something is wrong.
pub fn wrong(fixture: &Fixture) -> Said {
    let before = fixture.read(PAGE);
    let said = fixture.run(&["docs", "--check"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert_eq!(fixture.read(PAGE), before, "a check changes nothing");
    said
}

/// Checks that a check finds only this one thing.
pub fn finds(fixture: &Fixture, parts: &[&str]) {
    let said = wrong(fixture);
    for part in parts {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
    assert!(said.out.contains(" passed, 1 failed"), "{}", said.out);
}

/// Checks that all is well.
pub fn passes(fixture: &Fixture) {
    let said = fixture.run(&["docs", "--check"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
}

#[test]
fn a_fence_is_filled_with_an_item_and_then_stays_as_it_is() {
    let directive = "<!-- code: step02-two/src/executor.rs#count -->\n";
    let fixture = filled(&format!("# A page\n\n{directive}\nThat was it.\n"));
    let expected = format!(
        "# A page\n\n{directive}_`step02-two/src/executor.rs`: `count`_\n\n```rust\npub fn count() -> usize {{\n    \
         let first = 1;\n    first\n}}\n```\n\nThat was it.\n"
    );
    assert_eq!(fixture.read(PAGE), expected);
    passes(&fixture);
    let said = fixture.run(&["docs"]);
    assert!(!said.out.contains("filled anew"), "{}", said.out);
    assert_eq!(fixture.read(PAGE), expected);
}

#[test]
fn code_that_changes_is_found_and_filled_in() {
    let fixture = filled("<!-- code: step02-two/src/executor.rs#count -->\n");
    fixture.replace("step02-two/src/executor.rs", "let first = 1;", "let first = 2;");
    finds(
        &fixture,
        &[
            "docs/src/page.md:1: code: step02-two/src/executor.rs#count",
            "`cargo xtask docs` fills it anew",
            "-    let first = 1;\n",
            "+    let first = 2;\n",
        ],
    );
    let said = fixture.run(&["docs"]);
    assert!(said.out.contains("docs/src/page.md: 1 fence filled anew"), "{}", said.out);
    passes(&fixture);
}

#[test]
fn a_fence_or_a_caption_that_is_edited_by_hand_is_found() {
    let fixture = filled("<!-- code: step02-two/src/executor.rs#count -->\n");
    let good = fixture.read(PAGE);
    for (from, to) in [("let first", "let last"), ("`count`_", "`end`_"), ("```rust", "```text")] {
        fixture.replace(PAGE, from, to);
        finds(&fixture, &["docs/src/page.md:1: "]);
        fixture.write(PAGE, &good);
    }
}

#[test]
fn a_directive_that_matches_nothing_or_two_things_is_an_error_with_its_line() {
    let at = "step02-two/src/executor.rs";
    for (directive, what) in [
        (format!("{at}#counts"), "there is no item `counts`"),
        (format!("{at}#Twice::a"), "`Twice::a` is two items"),
        ("step02-two/src/none.rs".to_owned(), "there is no file step02-two/src/none.rs"),
        (format!("{at}#count; from \"fir\""), "is on several lines"),
        (format!("{at}#count; from \"none\""), "is on no line"),
        (format!("{at}#count; up to"), "`up` is no option of `code:`"),
    ] {
        let fixture = book(&format!("# A page\n\n<!-- code: {directive} -->\n```rust\n```\n"));
        let twice = "impl A for Twice { fn a() {} }\nimpl B for Twice { fn a() {} }\n";
        fixture.write(at, &format!("{}{twice}", fixture.read(at)));
        let said = wrong(&fixture);
        assert!(said.out.contains("docs/src/page.md:3: "), "{}", said.out);
        assert!(said.out.contains(what), "no {what:?} in {}", said.out);
    }
}

#[test]
fn a_directive_without_a_fence_is_an_error_and_the_prose_below_it_is_kept() {
    let fixture =
        book("<!-- code: step02-two/src/executor.rs#count -->\n\nProse.\n\n```text\na\n```\n");
    finds(&fixture, &["there is no fence below it: `cargo xtask docs` writes it"]);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert!(fixture.read(PAGE).ends_with("```\n\nProse.\n\n```text\na\n```\n"));
    passes(&fixture);
}

#[test]
fn a_difference_shows_what_changes_but_its_documentation() {
    let fixture =
        book("<!-- diff: 02 03 src/executor.rs#end -->\n\n<!-- diff: 02 03 src/lib.rs -->\n");
    fixture.replace("step03-three/src/executor.rs", "/// Ends.", "/// Ends otherwise.");
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    let page = fixture.read(PAGE);
    let end = "_`src/executor.rs`, from step 02 to step 03: `end`_\n\n```diff\n pub fn end() -> usize {\n-    7\n+    8\n }\n";
    assert!(page.contains(end), "{page}");
    assert!(page.contains(" pub mod executor;\n+pub mod waker;\n```\n"), "{page}");
    assert!(!page.contains("otherwise") && !page.contains("Step 3"), "{page}");
    fixture.replace("step03-three/src/executor.rs", "    8\n", "    9\n");
    finds(&fixture, &["docs/src/page.md:1: diff: 02 03", "-+    8\n", "++    9\n"]);
}

#[test]
fn parts_of_a_difference_say_in_which_item_they_are() {
    let fixture = book("<!-- diff: 02 03 src/executor.rs -->\n");
    fixture.replace("step03-three/src/executor.rs", "a < b", "b > a");
    // The bracket above the last function is no part of it.
    fixture.replace("step03-three/src/executor.rs", "pub fn end()", "pub(crate) fn end()");
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    let page = fixture.read(PAGE);
    assert!(page.contains("```diff\n@@ min @@\n"), "{page}");
    assert!(page.contains("\n }\n@@ end @@\n-pub fn end"), "{page}");
    assert!(!page.contains("fn count"), "{page}");
}

#[test]
fn a_difference_that_is_none_is_an_error() {
    for (directive, what) in [
        ("02 03 src/executor.rs#count", "`count` does not differ between these steps"),
        ("02 03 src/game.rs", "src/game.rs does not differ"),
        ("02 03 src/none.rs", "neither step02-two nor step03-three has a file src/none.rs"),
        ("02 03 src/executor.rs#none", "there is no item `none`"),
        ("02 9 src/executor.rs", "there is no step 9"),
        ("src/executor.rs", "begin with the numbers of two steps"),
    ] {
        finds(&book(&format!("<!-- diff: {directive} -->\n```diff\n```\n")), &[what]);
    }
}

#[test]
fn the_whole_difference_is_a_table_that_stays_true() {
    let fixture = filled("<!-- diffstat: 02 03 -->\n");
    let page = fixture.read(PAGE);
    assert!(page.contains("```console\n$ cargo xtask diff 2 3 --stat\n"), "{page}");
    assert!(page.contains(" src/waker.rs (new)"), "{page}");
    fixture.replace("step03-three/src/waker.rs", "wake() {}", "wake() {\n}");
    finds(&fixture, &["docs/src/page.md:1: diffstat: 02 03"]);
}

#[test]
fn only_the_pages_that_are_asked_for_are_filled() {
    let fixture = book("<!-- code: step02-two/src/executor.rs#count -->\n");
    assert!(!fixture.run(&["docs", "--page", "2"]).out.contains("filled"));
    assert!(fixture.run(&["docs", "--page", "pa"]).out.contains("page.md: 1 fence filled"));
    let said = fixture.run(&["docs", "--page", "9"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("there is no such page: there are docs/src/1.md"), "{}", said.err);
}

#[test]
fn options_choose_what_is_shown() {
    let at = "step02-two/src/executor.rs";
    let shown = |directive: &str| {
        let page = filled(&format!("<!-- {directive} -->\n")).read(PAGE);
        page.split("```").nth(1).unwrap().to_owned()
    };
    let docs = shown(&format!("code: {at}#count; docs"));
    assert!(docs.starts_with("rust\n/// Counts.\npub fn count"), "{docs}");
    let piece = shown(&format!("code: {at}#count; from \"let first\" to '    first'"));
    assert_eq!(piece, "rust\nlet first = 1;\nfirst\n");
    assert_eq!(shown(&format!("code: {at}; to \"fn min\"")).lines().count(), 4);
    assert_eq!(shown("diff: 02 03 src/executor.rs; context 0"), "diff\n-    7\n+    8\n");
    assert_eq!(shown("diff: 02 03 src/executor.rs; from '8'"), "diff\n+    8\n");
    let docs = shown("diff: 02 03 src/waker.rs; docs");
    assert_eq!(docs, "diff\n+//! Wakes.\n+\n+/// Wakes.\n+pub fn wake() {}\n");
}

#[test]
fn a_fence_in_a_list_is_indented_as_its_directive_is() {
    let fixture =
        filled("1. A task\n\n   <!-- code: step02-two/src/executor.rs#count; from \"let\" -->\n");
    let page = fixture.read(PAGE);
    assert!(page.ends_with(": `count`_\n\n   ```rust\n   let first = 1;\n   ```\n"), "{page}");
    passes(&fixture);
}

#[test]
fn the_readme_may_have_directives_too() {
    let fixture = book("# A page\n");
    let directive = "<!-- code: step02-two/src/executor.rs#count -->\n";
    fixture.write("README.md", directive);
    finds(&fixture, &["README.md:1: code: "]);
    assert!(fixture.run(&["docs"]).out.contains("README.md: 1 fence filled"));
}
