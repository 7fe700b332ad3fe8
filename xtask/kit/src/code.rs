//! Rust source without its comments, line for line.
//!
//! A comment sign in a string is no comment, a quote in a comment starts no string, and `'a` is a lifetime while `'a'` is
//! not.

use std::sync::LazyLock;

use regex::Regex;

/// What a piece of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Anything but the other two.
    Code,
    /// `// …`, `/* … */`, documentation included.
    Comment,
    /// A string or a character.
    Literal,
}

/// The source with its comments blanked out. Every line stays where it is.
pub fn without_comments(source: &str) -> String {
    blank(source, |kind, _| kind == Kind::Comment)
}

/// The lines of the source that have code, without comments.
pub fn only_code(source: &str) -> String {
    let code = without_comments(source);
    let lines = code.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// The source with its comments and literals blanked out. Every line stays where it is.
pub fn bare(source: &str) -> String {
    blank(source, |kind, _| kind != Kind::Code)
}

/// The comments of the source, with everything else blanked out. Every line stays where it is.
pub fn comments(source: &str) -> String {
    blank(source, |kind, _| kind != Kind::Comment)
}

/// The strings and characters of the source, with everything else blanked out. Every line stays where it is.
pub fn literals(source: &str) -> String {
    blank(source, |kind, _| kind != Kind::Literal)
}

/// For each line whether it is documentation and nothing else.
pub fn lines_of_documentation(source: &str) -> Vec<bool> {
    let rest = blank(source, |kind, text| kind == Kind::Comment && is_documentation(text));
    let lines = source.lines().zip(rest.lines());
    lines.map(|(line, rest)| !line.trim().is_empty() && rest.trim().is_empty()).collect()
}

/// Whether a comment documents something.
fn is_documentation(comment: &str) -> bool {
    let begins = |sign: &str, more: &str| comment.starts_with(sign) && !comment.starts_with(more);
    begins("///", "////") || comment.starts_with("//!") || comment.starts_with("/*!") || {
        begins("/**", "/***") && comment != "/**/"
    }
}

/// A comment or a literal. Comments may be nested once.
static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r###"(?xs)
        (?<comment> //[^\n]* | /\* (?: /\*.*?\*/ | . )*? \*/ )
        | \b[bc]?r"[^"]*" | \b[bc]?r\#".*?"\# | \b[bc]?r\#\#".*?"\#\#
        | " (?: \\. | [^"\\] )* "
        | ' (?: \\.[^']* | [^'\\] ) '"###,
    )
    .expect("the pattern is fixed")
});

/// Replaces all but the line ends of some kinds of pieces by blanks.
fn blank(source: &str, hidden: impl Fn(Kind, &str) -> bool) -> String {
    let (mut out, mut end) = (String::with_capacity(source.len()), 0);
    let mut add = |kind, text: &str| match hidden(kind, text) {
        true => out.extend(text.chars().map(|c| if c == '\n' { c } else { ' ' })),
        false => out.push_str(text),
    };
    for piece in PIECE.captures_iter(source) {
        let is_comment = piece.name("comment").is_some();
        let piece = piece.get(0).expect("a match is its first group");
        add(Kind::Code, &source[end..piece.start()]);
        add(if is_comment { Kind::Comment } else { Kind::Literal }, piece.as_str());
        end = piece.end();
    }
    add(Kind::Code, &source[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_all_kinds_go_and_lines_stay() {
        let source = "a // b\n/* c /* d */ e\n */ f\n/// g\n//! h\ni";
        let code = without_comments(source);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "f", "i"]);
        assert_eq!(code.lines().count(), source.lines().count());
        let comments = comments(source);
        let rows: Vec<&str> = comments.lines().map(str::trim).collect();
        assert_eq!(rows, ["// b", "/* c /* d */ e", "*/", "/// g", "//! h", ""]);
    }

    #[test]
    fn documentation_is_told_from_other_comments() {
        let source =
            "/// a\n// b\n//// c\n//! d\ne /// f\n\n/** g\n h */\n/**/\n/*** i */\n/*! j */";
        let docs = lines_of_documentation(source);
        let lines: Vec<usize> = (1..=docs.len()).filter(|line| docs[line - 1]).collect();
        assert_eq!(lines, [1, 4, 7, 8, 11]);
    }

    #[test]
    fn a_comment_sign_in_a_literal_is_no_comment() {
        let source = r####"let a = "http://x\"//"; let b = r#"// "c" "#; let d = '"'; let e: &'a str = b"//";"####;
        assert_eq!(without_comments(source), source);
        let bare = bare(source);
        assert!(!bare.contains("//") && bare.contains("let e: &'a str"), "{bare}");
    }
}
