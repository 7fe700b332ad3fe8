//! Pages: their lines, their directives, and their fences.
//!
//! A directive is a comment such as `<!-- code: step02-executor/src/runtime/task.rs#Task; from "let key" -->`. It has a
//! kind, a subject, and options after semicolons. It owns the captions and fences that it filled last.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;

/// The options of a difference.
const CHANGE: &[&str] = &["from", "to", "context", "docs"];

/// The kinds of directives, and the options of each.
const KINDS: [(&str, &[&str]); 11] = [
    ("code", &["from", "to"]),
    ("task", CHANGE),
    ("start", CHANGE),
    ("naive", CHANGE),
    ("diffstat", &[]),
    ("run", &["from", "to", "first", "last", "exit", "slow", "figures"]),
    ("bug", &[]),
    ("ladder", &[]),
    ("player", &[]),
    ("event", &["thread", "queue", "inbox"]),
    ("by hand", &[]),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// An item, a file, a command.
    pub subject: String,
    /// The options. Those without a value have an empty one.
    options: BTreeMap<&'static str, String>,
}

impl Directive {
    /// Parses the text of a comment. Returns nothing for a comment that is no directive.
    pub fn parse(comment: &str) -> Option<Result<Self>> {
        let (word, rest) = comment.split_once(':')?;
        let is_word = |c: char| c.is_ascii_lowercase() || c == ' ';
        let is_kind = !word.is_empty() && word.chars().all(is_word) && word.split(' ').count() <= 2;
        is_kind.then(|| Self::read(word, rest))
    }

    fn read(word: &str, rest: &str) -> Result<Self> {
        let Some((kind, allowed)) = KINDS.iter().find(|(name, _)| *name == word) else {
            let known = KINDS.map(|(name, _)| format!("`{name}:`")).join(", ");
            bail!("there is no directive `{word}:`. The directives are {known}");
        };
        // What is between two semicolons that are not in quotes.
        static PART: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"(?:"[^"]*"|[^;])+"#).expect("the pattern is valid"));
        let mut parts = PART.find_iter(rest).map(|part| part.as_str());
        let subject = parts.next().unwrap_or_default().trim().to_owned();
        ensure!(
            !subject.is_empty(),
            "`{word}:` has no subject. CONTRIBUTING.md lists what each takes"
        );
        let mut options = BTreeMap::new();
        for part in parts {
            let words = shell_words::split(part)
                .with_context(|| format!("`{}`: close the quotes", part.trim()))?;
            let mut words = words.into_iter();
            while let Some(word) = words.next() {
                let Some(name) = allowed.iter().find(|name| **name == word) else {
                    bail!(
                        "`{kind}:` has no option `{word}`. Its options are: {}",
                        allowed.join(", ")
                    );
                };
                let value = match *name {
                    "docs" | "slow" | "figures" => String::new(),
                    _ => {
                        words.next().with_context(|| format!("`{word}` needs a value after it"))?
                    }
                };
                let is_number = ["context", "first", "last", "exit"].contains(name);
                ensure!(
                    !is_number || value.parse::<u32>().is_ok(),
                    "`{word} {value}`: write a number"
                );
                options.insert(*name, value);
            }
        }
        Ok(Directive { kind, subject, options })
    }

    pub fn has(&self, option: &str) -> bool {
        self.options.contains_key(option)
    }

    pub fn text(&self, option: &str) -> Option<&str> {
        self.options.get(option).map(String::as_str)
    }

    pub fn number(&self, option: &str) -> Option<usize> {
        self.text(option)?.parse().ok()
    }

    pub fn title(&self) -> String {
        format!("{}: {}", self.kind, self.subject)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fence {
    /// The line above the fence, without the underscores around it. Empty if there is none.
    pub caption: String,
    pub language: String,
    pub lines: Vec<String>,
}

impl Fence {
    /// Reads the fence that begins on a line. Also returns the line after it, which is one too many if it has no end.
    fn read(lines: &[String], at: usize) -> Option<(Self, usize)> {
        let first = lines.get(at)?;
        let indent = first.len() - first.trim_start().len();
        let first = first.trim();
        let sign = first.chars().next().filter(|sign| "`~".contains(*sign))?;
        let length = first.chars().take_while(|c| *c == sign).count();
        let info = first[length..].trim();
        // Three backticks can also begin a code span.
        if length < 3 || (sign == '`' && info.contains('`')) {
            return None;
        }
        let is_end = |line: &&String| {
            let line = line.trim();
            line.chars().count() >= length && line.chars().all(|c| c == sign)
        };
        let inside = lines[at + 1..].iter().take_while(|line| !is_end(line));
        let without_indent = |line: &String| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            line[blanks.min(indent)..].to_owned()
        };
        let lines: Vec<String> = inside.map(without_indent).collect();
        let next = at + lines.len() + 2;
        let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
        Some((Fence { caption: String::new(), language, lines }, next))
    }

    fn is_code(&self) -> bool {
        ["rust", "diff"].contains(&self.language.as_str())
    }
}

/// Writes fences, one after the other.
pub fn write(fences: &[Fence], indent: usize) -> Vec<String> {
    let mut out = Vec::new();
    for fence in fences {
        if !out.is_empty() {
            out.push(String::new());
        }
        if !fence.caption.is_empty() {
            out.extend([format!("_{}_", fence.caption), String::new()]);
        }
        let ticks = |line: &String| line.trim_start().chars().take_while(|c| *c == '`').count();
        let longest = fence.lines.iter().map(ticks).max().unwrap_or(0);
        let sign = "`".repeat((longest + 1).max(3));
        out.push(format!("{sign}{}", fence.language));
        out.extend(fence.lines.iter().cloned());
        out.push(sign);
    }
    for line in out.iter_mut().filter(|line| !line.is_empty()) {
        line.insert_str(0, &" ".repeat(indent));
    }
    out
}

/// A directive and what it filled last.
#[derive(Debug)]
pub struct Region {
    /// The line on which the directive begins, counted from 0.
    pub line: usize,
    pub indent: usize,
    pub directive: Directive,
    /// The lines after the directive that it fills.
    pub body: Range<usize>,
    pub fences: Vec<Fence>,
}

/// A page of the book, or another text with directives.
#[derive(Debug, Default)]
pub struct Page {
    pub path: String,
    pub lines: Vec<String>,
    /// The directives that fill fences, in order.
    pub regions: Vec<Region>,
    /// What it says of events of recordings, with their lines, counted from 1.
    pub events: Vec<(usize, Directive)>,
    /// Whether it claims to show everything that its step changes.
    pub covers: bool,
    /// What is wrong with it, and in which line, counted from 1.
    pub problems: Vec<(usize, String)>,
}

impl Page {
    pub fn parse(path: &str, text: &str) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        let mut page = Page { path: path.to_owned(), lines, ..Page::default() };
        let mut at = 0;
        while at < page.lines.len() {
            at = match Fence::read(&page.lines, at) {
                Some((fence, next)) => {
                    page.by_hand(at, &fence, next, false);
                    next
                }
                None if page.lines[at].trim().starts_with("<!--") => page.comment(at),
                None => at + 1,
            };
        }
        page
    }

    fn problem(&mut self, line: usize, what: impl Into<String>) {
        self.problems.push((line + 1, what.into()));
    }

    /// Checks a fence that no directive fills.
    fn by_hand(&mut self, at: usize, fence: &Fence, next: usize, is_marked: bool) {
        if next > self.lines.len() {
            self.problem(at, "this fence has no end. Close it");
        }
        let language = &fence.language;
        if language.is_empty() {
            self.problem(at, "this fence has no language. Write `text` if it has none");
        }
        if fence.is_code() && !is_marked {
            self.problem(at, format!(
                "this {language} fence has no directive. Write one above it, such as `<!-- task: … -->`, or `<!-- by hand: WHY -->`"
            ));
        }
    }

    /// Reads the comment that begins on a line. Returns the line to go on with.
    fn comment(&mut self, first: usize) -> usize {
        let Some(length) = self.lines[first..].iter().position(|line| line.contains("-->")) else {
            self.problem(first, "this comment has no end. Close it");
            return self.lines.len();
        };
        let next = first + length + 1;
        let comment: Vec<&str> = self.lines[first..next].iter().map(|line| line.trim()).collect();
        let comment = comment.join(" ");
        let text =
            comment.trim_start_matches("<!--").split("-->").next().unwrap_or_default().trim();
        self.covers |= text == "coverage";
        match Directive::parse(text) {
            None => {}
            Some(Err(error)) => self.problem(first, format!("{error:#}")),
            Some(Ok(directive)) if directive.kind == "by hand" => {
                let at = self.next_line(next).unwrap_or(next);
                let Some((fence, next)) = Fence::read(&self.lines, at) else {
                    self.problem(first, "there is no fence below this comment. Remove it");
                    return next;
                };
                self.by_hand(at, &fence, next, true);
                return next;
            }
            // The builder of the site puts a player there, and fails if there is no recording.
            Some(Ok(directive)) if directive.kind == "player" => {}
            Some(Ok(directive)) if directive.kind == "event" => {
                self.events.push((first + 1, directive));
            }
            Some(Ok(directive)) => {
                let (fences, end) = self.filled(next, &directive);
                let indent = self.lines[first].len() - self.lines[first].trim_start().len();
                let body = next..end;
                self.regions.push(Region { line: first, indent, directive, body, fences });
                return end;
            }
        }
        next
    }

    /// What a directive filled last, and the line after it.
    fn filled(&self, first: usize, directive: &Directive) -> (Vec<Fence>, usize) {
        let most = if directive.kind == "bug" { 2 } else { 1 };
        let (mut fences, mut end) = (Vec::new(), first);
        while fences.len() < most {
            let Some((caption, at)) = self.caption(end) else { break };
            // Only a caption tells a second fence from one that an author wrote below the first.
            if caption.is_empty() && !fences.is_empty() {
                break;
            }
            let Some((fence, next)) = Fence::read(&self.lines, at) else { break };
            fences.push(Fence { caption, ..fence });
            end = next.min(self.lines.len());
        }
        (fences, end)
    }

    /// The caption from a line on, empty if there is none, and the line of what comes after it.
    fn caption(&self, first: usize) -> Option<(String, usize)> {
        let at = self.next_line(first)?;
        let caption = self.lines[at].trim().strip_prefix('_').and_then(|it| it.strip_suffix('_'));
        match caption.filter(|caption| !caption.is_empty() && !caption.starts_with('_')) {
            Some(caption) => Some((caption.to_owned(), self.next_line(at + 1)?)),
            None => Some((String::new(), at)),
        }
    }

    /// The first line from a line on that is not blank.
    fn next_line(&self, from: usize) -> Option<usize> {
        (from..self.lines.len()).find(|at| !self.lines[*at].trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_has_a_kind_a_subject_and_options() {
        let read = |text| Directive::parse(text).unwrap().unwrap();
        let code = read("code: a/src/b.rs#T::f, Drop for T; from \"a; b\" to 'c'");
        assert_eq!(code.subject, "a/src/b.rs#T::f, Drop for T");
        assert_eq!((code.text("from"), code.text("to")), (Some("a; b"), Some("c")));
        let run = read("run: echo 'a' \"c;d\"; slow first 1");
        assert!(run.has("slow") && !run.has("last"));
        assert_eq!((run.subject.as_str(), run.number("first")), ("echo 'a' \"c;d\"", Some(1)));
        assert_eq!(read("ladder: the reactor's; ").subject, "the reactor's");
        assert!(
            ["coverage", "TODO: more", "a b c: d"]
                .map(Directive::parse)
                .iter()
                .all(Option::is_none)
        );
    }

    #[test]
    fn a_fence_that_is_written_is_read_again_and_nothing_else_belongs_to_the_directive() {
        for lines in [vec!["a", "", "  b"], vec![], vec!["```rust", "```"]] {
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            let fence = Fence { caption: "a `b`".to_owned(), language: "text".to_owned(), lines };
            for indent in ["", "   "] {
                let written = write(std::slice::from_ref(&fence), indent.len()).join("\n");
                let text = format!("{indent}<!-- run: x;\n first 2 -->\n{written}\nb\n");
                let page = Page::parse("a.md", &text);
                assert_eq!(page.regions[0].fences, std::slice::from_ref(&fence), "{page:?}");
                assert_eq!(page.regions[0].body, 2..page.lines.len() - 1);
            }
        }
        for text in ["prose\n```text\n```\n", "", "\n_a_\nb"] {
            let page = Page::parse("a.md", &format!("<!-- code: x -->\n{text}"));
            assert_eq!(page.regions[0].body, 1..1, "{text}");
        }
        let two = "<!-- bug: x -->\n_a_\n```diff\n```\n\n_b_\n\n```text\n```\n";
        assert_eq!(Page::parse("a.md", two).regions[0].fences.len(), 2);
        assert_eq!(Page::parse("a.md", &two.replace("_b_", "")).regions[0].fences.len(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_page_is_reported_with_its_line() {
        for (text, line, what) in [
            ("a\n```rust\nb\n", 2, "this fence has no end"),
            ("```diff\n```\n", 1, "this diff fence has no directive. Write one above it"),
            ("<!-- a\nb\n", 1, "this comment has no end"),
            ("<!-- by hand: a -->\na\n", 1, "there is no fence below"),
            ("<!-- by hand: a -->\n", 1, "there is no fence below"),
            ("a\n<!-- cod: x -->\n", 2, "no directive `cod:`. The directives are `code:`, `task:`"),
            ("<!-- run: a; docs -->", 1, "`run:` has no option `docs`. Its options are: from, to"),
            ("<!-- run: a; first -->", 1, "`first` needs a value"),
            ("<!-- run: a; first x -->", 1, "`first x`: write a number"),
            ("<!-- code: a; from \"x -->", 1, "close the quotes"),
            ("<!-- code: -->", 1, "`code:` has no subject"),
        ] {
            let problems = Page::parse("a.md", text).problems;
            assert!(
                problems.iter().any(|(at, it)| *at == line && it.contains(what)),
                "{problems:?}"
            );
        }
        for text in [
            "````text\n<!-- code: x -->\n```\n````\nas in `<!-- code: y -->` <!-- a -->\n",
            "<!-- player: 03 02 -->\n\n```text\na\n```\n",
            "<!-- by hand: a -->\n```rust\n```\n",
        ] {
            let page = Page::parse("a.md", text);
            assert!(page.problems.is_empty() && page.regions.is_empty(), "{page:?}");
        }
    }
}
