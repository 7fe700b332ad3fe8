//! Pages, and the directives and fences in them.

use super::*;

/// The problems of a page, with their lines counted from 1.
fn problems(text: &str) -> Vec<(usize, String)> {
    let problems = Page::parse("a.md", text).problems;
    problems.into_iter().map(|(line, what)| (line + 1, what)).collect()
}

#[test]
fn a_directive_owns_the_caption_and_the_fence_below_it() {
    let text = "a\n<!-- code: x#y -->\n_`x`_\n\n```rust\nlet a;\n```\nb\n";
    let page = Page::parse("a.md", text);
    let [region] = &page.regions[..] else { panic!("{page:?}") };
    assert_eq!((region.line, region.body.clone()), (1, 2..7));
    let caption = "`x`".to_owned();
    let lines = vec!["let a;".to_owned()];
    assert_eq!(region.fences, [Fence { caption, language: "rust".to_owned(), lines }]);
    assert!(page.by_hand.is_empty() && page.problems.is_empty() && !page.covers);
}

#[test]
fn a_directive_owns_no_prose_and_without_a_fence_nothing_at_all() {
    for text in [
        "<!-- code: x#y -->\nprose\n```rust\n```\n",
        "<!-- code: x -->",
        "<!-- code: x -->\n\n_a_\nb",
    ] {
        let page = Page::parse("a.md", text);
        assert_eq!(page.regions[0].body, 1..1, "{text}");
        assert!(page.regions[0].fences.is_empty());
    }
}

#[test]
fn a_bug_owns_two_fences_if_the_second_has_a_caption() {
    let two = "<!-- bug: x -->\n_a_\n```diff\n```\n\n_b_\n\n```text\n```\n";
    assert_eq!(Page::parse("a.md", two).regions[0].fences.len(), 2);
    let page = Page::parse("a.md", &two.replace("_b_", ""));
    assert_eq!((page.regions[0].fences.len(), page.by_hand.len()), (1, 1));
}

#[test]
fn a_directive_in_a_fence_or_in_a_sentence_is_none() {
    let text =
        "````text\n<!-- code: x -->\n```\n````\nas in `<!-- code: y -->`\n<!-- coverage -->\n";
    let page = Page::parse("a.md", text);
    assert!(page.regions.is_empty() && page.problems.is_empty() && page.covers, "{page:?}");
    assert_eq!((page.by_hand[0].length, page.by_hand[0].language.as_str()), (2, "text"));
}

#[test]
fn a_directive_may_take_several_lines_and_be_indented() {
    let text = "1. a\n\n   <!-- code: x#y;\n        from \"z\" -->\n   ```rust\n     b\n   ```\n";
    let page = Page::parse("a.md", text);
    let region = &page.regions[0];
    assert_eq!((region.indent, region.directive.options.from.as_deref()), (3, Some("z")));
    assert_eq!(region.fences[0].lines, ["  b"]);
}

#[test]
fn comments_and_fences_without_an_end_and_marks_without_a_fence_are_problems() {
    assert_eq!(problems("a\n```rust\nb\n"), [(2, "this fence has no end: close it".to_owned())]);
    assert_eq!(problems("<!-- a\nb\n")[0].1, "this comment has no end: close it");
    let mark = "<!-- by hand: a sketch -->\n";
    assert!(problems(&format!("{mark}\n```rust\n```\n")).is_empty());
    assert_eq!(problems(&format!("{mark}a\n"))[0].0, 1);
    assert_eq!(problems(mark)[0].1, "there is no fence below this comment: take it away");
    for stray in ["a <!-- code: x -->", "> <!-- by hand: x -->", "<!-- run: x --> a"] {
        assert_eq!(problems(stray), [(1, STRAY.to_owned())], "{stray}");
    }
    assert!(problems("as in `<!-- code: x -->` <!-- a -->").is_empty());
    assert!(problems("a\n<!-- cod: x -->\n")[0].1.contains("no directive `cod:`"));
}
