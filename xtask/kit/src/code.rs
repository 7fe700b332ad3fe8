//! Rust source without its comments, line for line.
//!
//! This is a lexer of the few things that matter here: a comment sign in a string is no comment, a quote in a comment
//! starts no string, and `'a` is a lifetime while `'a'` is not.

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

/// Replaces all but the line ends of some kinds of pieces by blanks.
fn blank(source: &str, hidden: impl Fn(Kind, &str) -> bool) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while !rest.is_empty() {
        let (length, kind) = piece(rest);
        let (text, after) = rest.split_at(length);
        if hidden(kind, text) {
            out.extend(text.chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            out.push_str(text);
        }
        rest = after;
    }
    out
}

/// The length and the kind of the first piece of a source that is not empty.
fn piece(source: &str) -> (usize, Kind) {
    if source.starts_with("//") {
        (source.find('\n').unwrap_or(source.len()), Kind::Comment)
    } else if source.starts_with("/*") {
        (block_comment(source), Kind::Comment)
    } else if let Some(length) = raw_string(source) {
        (length, Kind::Literal)
    } else if source.starts_with('"') {
        (quoted(source, '"'), Kind::Literal)
    } else if source.starts_with('\'') {
        character(source)
    } else {
        // A name is one piece, lest the `r` at its end be taken for a raw string's.
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = source.find(|c| !is_part(c)).unwrap_or(source.len());
        let first = source.chars().next().map_or(1, char::len_utf8);
        (name.max(first), Kind::Code)
    }
}

/// The length of a block comment, and of those inside it.
fn block_comment(source: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    source.len()
}

/// The length of the raw string that the source begins with, if it does.
fn raw_string(source: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"];
    let prefix = prefix.iter().find(|prefix| {
        let rest = source.strip_prefix(**prefix).unwrap_or_default();
        rest.trim_start_matches('#').starts_with('"')
    })?;
    let rest = &source[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let start = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(match source[start..].find(&end) {
        Some(length) => start + length + end.len(),
        None => source.len(),
    })
}

/// The length of a literal between two quotes, in which a backslash takes the next character's meaning.
fn quoted(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    source.len()
}

/// The length of a character or, if it is the quote of a lifetime, of that quote.
fn character(source: &str) -> (usize, Kind) {
    let mut after = source.chars().skip(1);
    match (after.next(), after.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => (quoted(source, '\''), Kind::Literal),
        _ => (1, Kind::Code),
    }
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
