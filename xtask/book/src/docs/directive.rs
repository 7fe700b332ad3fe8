//! Directives: the comments above the fences of a page, which say what is in them.
//!
//! `<!-- code: step02-executor/src/executor.rs#Executor::spawn; from "let key" -->` has a kind, what it is about, and
//! options, each after a semicolon.

use anyhow::{Context, Result, bail, ensure};

/// What a directive fills its fence with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Items of a source.
    Code,
    /// What changes in a file from one step to another.
    Diff,
    /// What a task changes.
    Task,
    /// What is laid out when a task begins.
    Start,
    /// The obvious version of a task, which fails.
    Naive,
    /// How much changes from one step to another.
    Diffstat,
    /// What a command prints.
    Run,
    /// A known bug, and the test that catches it.
    Bug,
    /// What a step can do, and what it cannot do yet.
    Ladder,
    /// Nothing: its fence is written by hand, and it says why.
    ByHand,
}

impl Kind {
    /// Whether it shows lines of sources.
    pub fn shows_code(self) -> bool {
        matches!(self, Kind::Code | Kind::Diff | Kind::Task | Kind::Start | Kind::Naive)
    }
}

/// The options of a difference.
const CHANGE: &[&str] = &["from", "to", "context", "docs", "long"];

/// The kinds, as directives write them, and the options that they have.
const KINDS: [(&str, Kind, &[&str]); 10] = [
    ("code", Kind::Code, &["from", "to", "docs", "long"]),
    ("diff", Kind::Diff, CHANGE),
    ("task", Kind::Task, CHANGE),
    ("start", Kind::Start, CHANGE),
    ("naive", Kind::Naive, CHANGE),
    ("diffstat", Kind::Diffstat, &[]),
    ("run", Kind::Run, &["from", "to", "first", "last", "exit", "slow", "figures"]),
    ("bug", Kind::Bug, &["context", "long"]),
    ("ladder", Kind::Ladder, &[]),
    ("by hand", Kind::ByHand, &["long"]),
];

/// A directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// What it fills its fence with.
    pub kind: Kind,
    /// What it is about: an item, a file, a command.
    pub subject: String,
    /// How to show it.
    pub options: Options,
}

/// The options of a directive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Begin with the line that has this text on it.
    pub from: Option<String>,
    /// End with the line that has this text on it, and with what it opens.
    pub to: Option<String>,
    /// Keep documentation comments.
    pub docs: bool,
    /// May be longer than a fence should be.
    pub long: bool,
    /// How many lines around a change are shown.
    pub context: Option<usize>,
    /// Show so many lines from the beginning.
    pub first: Option<usize>,
    /// Show so many lines from the end.
    pub last: Option<usize>,
    /// How the command ends, if not with 0.
    pub exit: Option<i32>,
    /// The command takes too long to be run at every check.
    pub slow: bool,
    /// The command measures something, which comes out otherwise every time.
    pub figures: bool,
}

/// Reads a comment's text. `None` if it is a comment like any other.
pub fn parse(comment: &str) -> Option<Result<Directive>> {
    let (word, rest) = comment.split_once(':')?;
    let is_word = |c: char| c.is_ascii_lowercase() || c == ' ';
    if word.is_empty() || !word.chars().all(is_word) || word.split(' ').count() > 2 {
        return None;
    }
    Some(read(word, rest))
}

/// Whether a text begins as a directive does.
pub fn begins(text: &str) -> bool {
    KINDS.iter().any(|(name, ..)| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
}

/// Reads a directive of the kind that `word` names.
fn read(word: &str, rest: &str) -> Result<Directive> {
    let Some((_, kind, allowed)) = KINDS.iter().find(|(name, ..)| *name == word) else {
        let known: Vec<String> = KINDS.iter().map(|(name, ..)| format!("`{name}:`")).collect();
        bail!(
            "there is no directive `{word}:`: write one of {}, or a comment that does not begin with a word and a colon",
            known.join(", ")
        );
    };
    let mut parts = parts(rest).into_iter();
    let subject = parts.next().unwrap_or_default().trim().to_owned();
    ensure!(!subject.is_empty(), "`{word}:` wants to know what: CONTRIBUTING.md has the table");
    let mut options = Options::default();
    for part in parts {
        let words = shell_words::split(part)
            .with_context(|| format!("`{}`: close the quotes", part.trim()))?;
        option(&mut options, word, allowed, &words)?;
    }
    Ok(Directive { kind: *kind, subject, options })
}

/// The parts of a text between its semicolons, those in quotes apart.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"') => quote = Some(c),
            // A quote in a word is an apostrophe, or a lifetime's.
            (None, '\'') if text[..at].ends_with(' ') => quote = Some(c),
            (None, ';') => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Sets what one part of a directive says: mostly one option, and `from "…" to "…"` as two.
fn option(options: &mut Options, kind: &str, allowed: &[&str], words: &[String]) -> Result<()> {
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if !allowed.contains(&word) {
            let which = match allowed {
                [] => "it has none".to_owned(),
                _ => format!("it has {}", allowed.join(", ")),
            };
            bail!("`{word}` is no option of `{kind}:`: {which}");
        }
        let mut value = || words.next().with_context(|| format!("`{word}` wants a value after it"));
        match word {
            "from" => options.from = Some(value()?.to_owned()),
            "to" => options.to = Some(value()?.to_owned()),
            "context" => options.context = Some(number(word, value()?)?),
            "first" => options.first = Some(number(word, value()?)?),
            "last" => options.last = Some(number(word, value()?)?),
            "exit" => options.exit = Some(number(word, value()?)?),
            "docs" => options.docs = true,
            "long" => options.long = true,
            "slow" => options.slow = true,
            _ => options.figures = true,
        }
    }
    Ok(())
}

/// The number that an option has.
fn number<N: std::str::FromStr>(option: &str, value: &str) -> Result<N> {
    value.parse().ok().with_context(|| format!("`{option} {value}`: write a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a comment that should be a directive.
    fn wrong(comment: &str) -> String {
        format!("{:#}", parse(comment).unwrap().unwrap_err())
    }

    #[test]
    fn a_directive_has_a_kind_a_subject_and_options() {
        let read = parse("code: a/src/b.rs#T::f, Drop for T; from \"a; b\" to 'c'; long").unwrap();
        let options = Options {
            from: Some("a; b".to_owned()),
            to: Some("c".to_owned()),
            long: true,
            ..Options::default()
        };
        let subject = "a/src/b.rs#T::f, Drop for T".to_owned();
        assert_eq!(read.unwrap(), Directive { kind: Kind::Code, subject, options });
    }

    #[test]
    fn a_semicolon_in_the_words_of_a_command_is_part_of_them() {
        let read = parse("run: echo 'a; b' \"c;d\"; first 1").unwrap().unwrap();
        assert_eq!((read.subject.as_str(), read.options.first), ("echo 'a; b' \"c;d\"", Some(1)));
        let read = parse("bug: the reactor's; long").unwrap().unwrap();
        assert_eq!((read.subject.as_str(), read.options.long), ("the reactor's", true));
    }

    #[test]
    fn other_comments_are_no_directives() {
        for comment in ["coverage", "TODO: more", "see this: that, and so on: more", "a b c: d"] {
            let known = comment.starts_with("see");
            assert_eq!(parse(comment).is_none(), !known, "{comment}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(wrong("cod: a").contains("no directive `cod:`: write one of `code:`, `diff:`"));
        assert!(wrong("run: a; docs").contains("`docs` is no option of `run:`: it has from, to"));
        assert!(wrong("diffstat: 1 2; long").contains("it has none"));
        assert!(wrong("run: a; first").contains("`first` wants a value"));
        assert!(wrong("run: a; first x").contains("`first x`: write a number"));
        assert!(wrong("code: a; from \"x").contains("close the quotes"));
        assert!(wrong("code: ").contains("wants to know what"));
    }
}
