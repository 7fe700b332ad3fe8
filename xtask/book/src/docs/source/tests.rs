//! Pieces of sources, as fences quote them.

use super::*;

/// A source with documentation, and an item in another one.
const SOURCE: &str = "//! Docs.

/// A type.
struct One {
    /// A field.
    a: u8,
}

impl One {
    /// Does.
    // Because.
    fn run(&self) -> u8
    where
        Self: Sized,
    {
        if self.a == 1
            && true
        {
            return 1;
        }

        let b = self
            .a
            .pow(2);
        b
    }
    const A: u8 = 1;
    // Why.
    /// Another.
    const B: u8 = 2;
    /// A third.
    const C: u8 = 3;
}
";

/// The source.
fn source() -> Source {
    Source::new("a.rs", SOURCE).unwrap()
}

/// What lines have on them.
fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn documentation_is_left_out_unless_it_is_wanted() {
    let shown = source().quote_items(&["One"], false).unwrap();
    assert_eq!(text(&shown), "struct One {\n    a: u8,\n}\n");
    let shown = source().quote_items(&["One"], true).unwrap();
    assert_eq!(text(&shown), "/// A type.\nstruct One {\n    /// A field.\n    a: u8,\n}\n");
    assert!(text(&source().quote(0..6, false)).starts_with("struct One {"));
}

#[test]
fn a_method_is_dedented_and_keeps_its_comments() {
    let shown = source().quote_items(&["One::run"], false).unwrap();
    assert!(text(&shown).starts_with("// Because.\nfn run(&self) -> u8\nwhere\n"), "{shown:?}");
    assert!(text(&shown).ends_with("    b\n}\n"), "{shown:?}");
}

#[test]
fn items_that_follow_each_other_have_no_blank_line_between() {
    let shown = source().quote_items(&["One::A", "One::B", "One::C", "struct One"], false).unwrap();
    let expected =
        "const A: u8 = 1;\n// Why.\nconst B: u8 = 2;\nconst C: u8 = 3;\n\nstruct One {\n";
    assert!(text(&shown).starts_with(expected), "{shown:?}");
}

#[test]
fn a_piece_goes_to_the_end_of_what_its_last_line_opens() {
    let lines: Vec<&str> = SOURCE.lines().collect();
    let piece = |from, to| cut(&lines, from, to).map(|range| (range.start + 1, range.end));
    assert_eq!(piece(Some("if self.a"), None).unwrap(), (16, 20));
    assert_eq!(piece(Some("let b"), None).unwrap(), (22, 24));
    assert_eq!(piece(Some("let b"), Some("const A")).unwrap(), (22, 27));
    assert_eq!(piece(Some("fn run"), None).unwrap(), (12, 26));
    assert_eq!(piece(Some("// Because"), None).unwrap(), (11, 11));
    assert_eq!(piece(None, Some("struct One")).unwrap(), (1, 7));
    assert_eq!(piece(Some("let b"), Some("b")).unwrap(), (22, 25));
    assert_eq!(piece(None, None).unwrap(), (1, 33));
}

#[test]
fn a_text_on_no_line_or_on_two_is_an_error() {
    let lines: Vec<&str> = SOURCE.lines().collect();
    let wrong = |from, to| cut(&lines, from, to).unwrap_err().to_string();
    assert!(wrong(Some("let c"), None).contains("is on no line"));
    assert!(wrong(None, Some("const")).contains("`to \"const\"` is on several lines"));
    assert!(wrong(Some("const B"), Some("const A")).contains("exchange them"));
}
