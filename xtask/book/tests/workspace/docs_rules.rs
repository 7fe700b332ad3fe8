//! `docs`: what holds of every page, and of a chapter that claims to show all that its step changes.

use crate::{
    docs::{PAGE, book, filled, finds, passes, wrong},
    fixture::Fixture,
};

#[test]
fn a_comment_that_is_hard_to_read_is_found_and_a_page_is_not_held_to_that_yet() {
    let fixture = filled("Nobody waits.\n");
    passes(&fixture);
    fixture.replace("step02-two/src/executor.rs", "/// Counts.", "/// Whoever asks counts.");
    let words = "step02-two/src/executor.rs:8: \"Whoever\" is hard to read. Name the noun";
    finds(&fixture, &["step02-two/src/executor.rs has none of the shapes", words]);
    fixture.replace("step02-two/src/executor.rs", "/// Whoever asks counts.", "/// Counts.");
    fixture.write("xtask/hints/step01.toml", "[[hint]]\ntext = \"Poll so many tasks.\"\n");
    finds(&fixture, &["xtask/hints/step01.toml:2: \"so many tasks\" is hard to read"]);
}

#[test]
fn a_fence_without_a_language_is_an_error() {
    finds(&book("a\n\n```\nb\n```\n"), &["docs/src/page.md:3: this fence has no language"]);
    passes(&book("a\n\n```text\nb\n```\n"));
}

#[test]
fn a_fence_of_code_has_a_directive_or_says_that_it_is_by_hand() {
    for language in ["rust", "diff"] {
        let fence = format!("```{language}\na\n```\n");
        let what = format!("docs/src/page.md:1: this {language} fence has no directive");
        finds(&book(&fence), &[&what]);
        passes(&book(&format!("<!-- by hand: an exercise -->\n{fence}")));
    }
    let said = wrong(&book("<!-- by hand: an exercise -->\n\nNo fence.\n"));
    assert!(said.out.contains("page.md:1: there is no fence below this comment"), "{}", said.out);
    let said = wrong(&book("<!-- doce: a -->\n"));
    assert!(said.out.contains("page.md:1: there is no directive `doce:`"), "{}", said.out);
}

#[test]
fn a_fence_of_code_that_is_too_long_is_an_error_unless_it_says_so() {
    let lines = "    let a = 1;\n".repeat(24);
    let at = "step02-two/src/long.rs";
    for (options, is_well) in [("", false), ("; long", true), ("; from \"fn long\"", false)] {
        let fixture = book(&format!("<!-- code: {at}#long{options} -->\n"));
        fixture.write(at, &format!("fn long() {{\n{lines}}}\n"));
        assert_eq!(fixture.run(&["docs"]).code, Some(i32::from(!is_well)), "{options}");
        match is_well {
            true => passes(&fixture),
            false => finds(&fixture, &["page.md:1: ", "has 26 lines, more than 25"]),
        }
    }
    let fence = format!("```rust\n{lines}{lines}```\n");
    finds(&book(&format!("<!-- by hand: a -->\n{fence}")), &["page.md:2: has 48 lines"]);
    passes(&book(&format!("<!-- by hand: a; long -->\n{fence}")));
}

#[test]
fn links_lead_somewhere() {
    let good = "# Why a wake, `lost`?\n[a](1.md) [b](#why-a-wake-lost) [c](../../step01-one/src/lib.rs)\n\
                [d](https://example.org/none) [e](1.md#a-chapter)\n\n```text\n[f](none.md)\n```\n";
    passes(&book(good));
    for (link, what) in [
        ("none.md", "there is no docs/src/none.md"),
        ("1.md#none", "docs/src/1.md has no heading `#none`, but a-chapter"),
        ("#none", "docs/src/page.md has no heading `#none`"),
        ("../../step01-one/src/none.rs", "there is no step01-one/src/none.rs"),
        ("../../../none", "it leaves the workspace"),
        ("../../step01-one/src/lib.rs#L3", "is no page, so it has no anchors"),
    ] {
        let text = format!("{good}\n[bad]({link})\n");
        finds(&book(&text), &["docs/src/page.md:9: the link to `", what]);
    }
    finds(&book("[a][none]\n"), &["docs/src/page.md:1: there is no link `[none]: …`"]);
}

#[test]
fn the_table_of_contents_and_the_pages_agree() {
    let fixture = book("# A page\n");
    fixture.write("docs/src/more.md", "# More\n");
    finds(&fixture, &["docs/src/SUMMARY.md does not list docs/src/more.md: add it"]);
    fixture.remove("docs/src/more.md");
    fixture.replace("docs/src/SUMMARY.md", "(2.md)", "(two.md)");
    let said = wrong(&fixture);
    for part in ["does not list docs/src/2.md", "SUMMARY.md:4: the link to `two.md` leads nowhere"]
    {
        assert!(said.out.contains(part), "no {part:?} in {}", said.out);
    }
}

/// The book with a third chapter that claims to show all, and that shows this.
fn chapter(shows: &[&str]) -> Fixture {
    let fixture = book("# A page\n");
    let shows: Vec<String> = shows.iter().map(|what| format!("<!-- {what} -->\n\n")).collect();
    let marked = format!("<!-- coverage -->\n# Three\n\n{}", shows.concat());
    fixture.write("docs/src/3.md", &marked.replace("<!-- coverage -->", ""));
    // Filling says what is wrong, too; here only the fences matter.
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    let filled = fixture.read("docs/src/3.md");
    fixture.write("docs/src/3.md", &format!("<!-- coverage -->\n{filled}"));
    fixture
}

/// Excuses the third chapter from showing something.
fn excuse(fixture: &Fixture, entry: &str) {
    let entry = format!(
        "\n[[package.metadata.step.unshown]]\n{entry}\nreason = 'obvious'\n\n[dependencies]"
    );
    fixture.replace("step03-three/Cargo.toml", "\n[dependencies]", &entry);
}

/// What shows all that the third step changes.
const ALL: [&str; 3] =
    ["diff: 02 03 src/executor.rs", "diff: 02 03 src/lib.rs", "code: step03-three/src/waker.rs"];

#[test]
fn a_chapter_that_claims_to_show_all_fails_for_what_it_leaves_out() {
    passes(&chapter(&ALL));
    let fixture = chapter(&ALL[..1]);
    finds(
        &fixture,
        &[
            "docs/src/3.md shows what step03-three changes",
            "2 of 4 changed lines of code",
            "step03-three/src/lib.rs: mod waker: line 6",
            "step03-three/src/waker.rs: wake: line 4",
        ],
    );
    let said = fixture.run(&["docs", "--coverage", "--page", "3"]);
    assert!(
        said.out.starts_with("docs/src/3.md: 2 of 4 changed lines are not shown"),
        "{}",
        said.out
    );
}

#[test]
fn a_line_that_is_replaced_is_shown_by_what_replaces_it() {
    passes(&chapter(&["code: step03-three/src/executor.rs#end", ALL[1], ALL[2]]));
    let fixture = chapter(&["code: step02-two/src/executor.rs#end", ALL[1], ALL[2]]);
    finds(&fixture, &["1 of 4 changed lines", "step03-three/src/executor.rs: end: line 16"]);
}

#[test]
fn the_head_of_a_block_is_shown_with_any_of_its_members() {
    let text = "//! Wakes.\n\n/// Wakes.\npub struct W;\n\nimpl W {\n    /// Wakes.\n    pub fn a() {}\n}\n";
    let look = |items: &str| {
        let what = format!("code: step03-three/src/waker.rs#{items}");
        let fixture = chapter(&ALL[..2]);
        fixture.write("step03-three/src/waker.rs", text);
        let page = fixture.read("docs/src/3.md");
        fixture.write("docs/src/3.md", &format!("{page}\n<!-- {what} -->\n"));
        fixture.run(&["docs"]);
        fixture
    };
    passes(&look("W, W::a"));
    finds(&look("W"), &["waker.rs: W::a: line 8", "waker.rs: impl W: line 6"]);
}

#[test]
fn a_line_that_is_gone_is_shown_by_its_item_or_by_the_difference() {
    let gone = |shows: &[&str]| {
        let fixture = chapter(&ALL);
        let text = fixture.read("step02-two/src/executor.rs");
        let text = text.replace("    first\n", "    drop(2);\n    first\n");
        fixture.write("step02-two/src/executor.rs", &text);
        let more: String = shows.iter().map(|what| format!("\n<!-- {what} -->\n")).collect();
        fixture.write("docs/src/3.md", &format!("{}{more}", fixture.read("docs/src/3.md")));
        fixture.replace("docs/src/3.md", "src/executor.rs -->", "src/executor.rs#end -->");
        fixture.run(&["docs"]);
        fixture
    };
    finds(&gone(&[]), &["step02-two/src/executor.rs: count: line 11"]);
    passes(&gone(&["diff: 02 03 src/executor.rs#count"]));
    passes(&gone(&["code: step03-three/src/executor.rs#count"]));
    // Nothing that stands there tells of an item that went as a whole.
    let fixture = chapter(&["code: step03-three/src/executor.rs#count, end", ALL[1], ALL[2]]);
    fixture.replace("step02-two/src/executor.rs", "/// Ends.", "fn gone() {}\n\n/// Ends.");
    finds(&fixture, &["step02-two/src/executor.rs: gone: line 14"]);
}

#[test]
fn a_change_that_is_not_worth_showing_is_declared_and_then_not_missed() {
    let fixture = chapter(&ALL[..2]);
    excuse(&fixture, "file = 'src/waker.rs'\nitem = 'wake'");
    passes(&fixture);
    let fixture = chapter(&ALL[1..]);
    excuse(&fixture, "file = 'src/executor.rs'");
    passes(&fixture);
    let fixture = chapter(&[ALL[0], ALL[2]]);
    excuse(&fixture, "file = 'src/lib.rs'\nitem = 'mod waker, mod timers'");
    finds(&fixture, &["`unshown` names src/lib.rs mod timers, which the step does not change"]);
}

#[test]
fn an_excuse_that_excuses_nothing_is_an_error() {
    for (entry, what) in [
        ("file = 'src/waker.rs'", "src/waker.rs, all of which the chapter shows"),
        (
            "file = 'src/executor.rs'\nitem = 'count'",
            "src/executor.rs count, which the step does not change",
        ),
        ("file = 'src/none.rs'", "src/none.rs, which the step does not change"),
    ] {
        let fixture = chapter(&ALL);
        excuse(&fixture, entry);
        finds(&fixture, &["step03-three/Cargo.toml: `unshown` names", what]);
    }
    let fixture = chapter(&ALL[..2]);
    excuse(&fixture, "file = 'src/waker.rs'");
    fixture.replace("step03-three/Cargo.toml", "'obvious'", "' '");
    finds(&fixture, &["`unshown` names src/waker.rs without a reason"]);
}

#[test]
fn a_chapter_that_claims_nothing_is_told_what_it_does_not_show() {
    let said = filled("# A page\n").run(&["docs", "--check"]);
    let told = "skipped docs/src/3.md shows what step03-three changes: 4 of 4 changed lines";
    assert!(said.out.contains(told), "{}", said.out);
}

#[test]
fn test_all_runs_the_check() {
    let fixture = filled("<!-- code: step02-two/src/executor.rs#count -->\n");
    let said = fixture.run(&["test-all", "--suite", "docs"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture.replace(PAGE, "let first = 1", "let first = 2");
    let said = fixture.run(&["test-all", "--suite", "docs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("FAILED docs: docs/src/page.md:1: code: "), "{}", said.out);
    // The page is no chapter of the second step.
    assert_eq!(fixture.run(&["test-all", "--suite", "docs", "--step", "2"]).code, Some(0));
}
