//! The words that a reader reads: a short list of shapes that make a sentence hard to read, and the texts held to it.
//!
//! A pattern finds only the worst habits. A text that passes still needs a reader who did not write it.

use std::{fs, path::Path, sync::LazyLock};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::docs::{links::Problem, rules};
use kit::{code, report::Report, steps::Workspace, tree};

/// The texts that are held to the list: those whose path begins with one of these. The others in [`SOURCES`] join when
/// they have been rewritten.
const HELD: &[&str] = &["step", "xtask/hints/"];

/// Where prose is, besides the steps' `src/`.
const SOURCES: [&str; 4] = ["docs/src", "xtask/hints", "README.md", "CONTRIBUTING.md"];

/// A shape that is not to be used.
struct Shape {
    /// A pattern that finds it.
    pattern: &'static str,
    /// A pattern in what was found that makes it good English after all.
    unless: &'static str,
    /// What to write instead.
    instead: &'static str,
}

/// The shapes, one for each habit.
const SHAPES: &[Shape] = &[
    Shape {
        pattern: r"(?:^|[.!?]\s)(?:Who|Whose)\b[^.!?]*[.!]",
        unless: "",
        instead: "Name the noun: a task, a caller, a player",
    },
    Shape {
        pattern: r"\b[Ww]ho(?:m|so)?ever\b",
        unless: "",
        instead: "Name the noun: the task that, any client that",
    },
    Shape {
        pattern: r"\b(?:[Aa]ny|[Ss]ome|[Nn]o|[Ee]very)body\b",
        unless: "",
        instead: "Name them: a task, other threads, user code, all players",
    },
    Shape {
        pattern: r"\b[Ss]o (?:many|much|long)\b[^.!?;:]*",
        unless: r"\b(?:that|as)\b|^[Ss]o long$",
        instead: "Write \"this many\", \"at most 16\", \"for the given time\"",
    },
    Shape {
        pattern: r"\bbelong(?:s|ed|ing)? into\b",
        unless: "",
        instead: "Write \"goes into\" or \"belongs in\"",
    },
    Shape {
        pattern: r"\b(?:is|are|does|do|has|have|knows?|needs?) (?:\w+ ){0,2}no more(?:[.,;:]|$)",
        unless: "",
        instead: "Write \"no longer\" before the verb",
    },
    Shape {
        pattern: r"\b(?:(?:[Oo]ne|an) advice|advices)\b",
        unless: "",
        instead: "Write \"a piece of advice\", or give the advice",
    },
    Shape {
        pattern: r"\b(?:That|This) (?:were|are)\b",
        unless: "",
        instead: "Write \"those were\", \"these are\"",
    },
    Shape {
        pattern: r", for (?:it|they|he|she|we|you|there|this|that|nothing|its) (?:\w+ )?(?:is|are|was|were|has|have|had|will|can|cannot|may|must|does|do|did)\b",
        unless: "",
        instead: "Write \"because\"",
    },
    Shape {
        pattern: r"\b(?:(?:the|this) (?:kernel|system|poller|program|runtime|executor|reactor|server)|smol|tokio|mio|epoll|cargo) (?:does not |never )?(?:tells?|hears?|wants?)\b",
        unless: "",
        instead: "Machines report, return, print or need something",
    },
    Shape {
        pattern: r"\b(?:way home|farewells?)\b",
        unless: "",
        instead: "Use the field's term: the inbox, the goodbye line",
    },
];

/// The shapes with their patterns compiled; the second is missing where a shape has no exception.
static PATTERNS: LazyLock<Vec<(Regex, Option<Regex>, &str)>> = LazyLock::new(|| {
    let compile = |pattern| Regex::new(pattern).expect("the patterns are fixed");
    let shapes = SHAPES.iter().map(|shape| {
        let unless = Some(shape.unless).filter(|unless| !unless.is_empty());
        (compile(shape.pattern), unless.map(compile), shape.instead)
    });
    shapes.collect()
});

/// Checks the texts that are held to the list.
pub fn check(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let root = &workspace.root;
    let mut files = Vec::new();
    for source in SOURCES {
        let path = root.join(source);
        files.extend(if path.is_file() { vec![path] } else { tree::files_under(&path)? });
    }
    for step in &workspace.steps {
        files.extend(tree::files_under(&step.dir.join("src"))?);
    }
    for file in files {
        let path = tree::relative(root, &file);
        if HELD.iter().any(|held| path.starts_with(held)) {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
            let problems = problems(&prose(&path, &text));
            rules::tally(
                report,
                &path,
                "has none of the shapes in xtask/src/docs/prose.rs",
                problems,
            );
        }
    }
    Ok(())
}

/// The prose of a file as Markdown, every line in its place.
fn prose(path: &str, text: &str) -> String {
    let extension = Path::new(path).extension().unwrap_or_default();
    match extension.to_str() {
        Some("md") => text.to_owned(),
        Some("rs") => lines(&code::comments(text), |line| {
            let line = line.trim_start();
            line.trim_start_matches(['/', '!'])
        }),
        // Hints: what stands between the three quotes, or after the only one.
        Some("toml") => lines(text, |line| {
            let key =
                line.split_once(" = ").filter(|(key, _)| key.chars().all(char::is_alphabetic));
            match key {
                Some(("text", words)) => words.trim_matches('"'),
                Some(_) => "",
                None if line.starts_with(['[', '#']) => "",
                None => line.trim_end_matches('"'),
            }
        }),
        _ => String::new(),
    }
}

/// A text with every line replaced by a part of it.
fn lines(text: &str, part: impl Fn(&str) -> &str) -> String {
    text.lines().map(|line| part(line).to_owned() + "\n").collect()
}

/// Finds the shapes in a text.
fn problems(markdown: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (start, block) in blocks(markdown) {
        for (pattern, unless, instead) in PATTERNS.iter() {
            for found in pattern.find_iter(&block) {
                let words = found.as_str().trim_start_matches(['.', '!', '?', ',', '\n', ' ']);
                if unless.as_ref().is_some_and(|unless| unless.is_match(words)) {
                    continue;
                }
                let at = found.end() - words.len();
                let line = start + block[..at].matches('\n').count();
                let words: Vec<&str> = words.split_whitespace().take(6).collect();
                problems
                    .push((line, format!("\"{}\" is hard to read. {instead}", words.join(" "))));
            }
        }
    }
    problems.sort();
    problems
}

/// The paragraphs, headings, items and cells of a text, each with its first line, counted from 1. Code is left out.
fn blocks(markdown: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let (mut block, mut in_code) = ((0, String::new()), false);
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        if block.1.is_empty() {
            block.0 = markdown[..range.start].matches('\n').count() + 1;
        }
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code => block.1 += &text,
            // A word of code is a noun.
            Event::Code(_) => block.1 += "code",
            Event::SoftBreak | Event::HardBreak => block.1 += "\n",
            Event::Start(tag) if is_block(&tag.to_end()) => blocks.push(std::mem::take(&mut block)),
            Event::End(tag) if is_block(&tag) => blocks.push(std::mem::take(&mut block)),
            _ => {}
        }
    }
    blocks.retain(|(_, text)| !text.trim().is_empty());
    blocks
}

/// Whether a sentence ends with this part of a text.
fn is_block(tag: &TagEnd) -> bool {
    let inline = [TagEnd::Emphasis, TagEnd::Strong, TagEnd::Link, TagEnd::Image, TagEnd::CodeBlock];
    !inline.contains(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text that have a shape, and the words that were found.
    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        let found = problems(&prose(path, text)).into_iter();
        found.map(|(line, what)| (line, what.split('"').nth(1).unwrap().to_owned())).collect()
    }

    #[test]
    fn every_shape_is_found() {
        for text in [
            "Who answers `Pending` has seen to it.",
            "It ends. Whose turn it is comes first.",
            "It is for whoever\nasks.",
            "A waker may be anybody's code.",
            "Nobody waits for it.",
            "It polls so many tasks at most.",
            "The future belongs into its slot.",
            "The task knows the key no more.",
            "It needs this no more: remove it.",
            "One advice: run it.",
            "That were all 8 hints.",
            "Keep it, for it is dropped next.",
            "Wait, for nothing else will end it.",
            "The kernel does it, and smol tells no one.",
            "If the system does not tell, ask.",
            "The key goes the way home.",
        ] {
            assert_eq!(found("a.md", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn good_english_is_not_found() {
        for text in [
            "Who calls `poll`? The executor does.",
            "A player who leaves is forgotten.",
            "There are so many wakes that the queue overflows. Wait so long as it runs.",
            "At most 16 turns and no more tasks than that.",
            "It waits for the answer, and for that one only.",
            "This is `whoever`, `nobody` and `so many`.",
            "```text\nWho waits here. Nobody.\n```\n",
            "<!-- so many words -->",
            "The server tolerates it, and the kernel wakes the thread.",
        ] {
            assert_eq!(found("a.md", text), [], "{text}");
        }
    }

    #[test]
    fn the_line_and_the_first_words_are_given() {
        let text = "# A\n\nOne *line*.\nWho asks\nis told by a waker, sooner or later.\n\n- so many\n- b\n";
        let expected = [(4, "Who asks is told by a".to_owned()), (7, "so many".to_owned())];
        assert_eq!(found("a.md", text), expected);
    }

    #[test]
    fn of_a_source_only_the_comments_are_prose() {
        let text = "//! It is\n//! nobody's.\n\n/// ```\n/// // Nobody.\n/// ```\nfn nobody() {\n    \
                    let whoever = \"so many\"; // Not so many\n    // of these.\n}\n";
        let expected = [(2, "nobody".to_owned()), (8, "so many of these".to_owned())];
        assert_eq!(found("a.rs", text), expected);
    }

    #[test]
    fn of_hints_only_the_texts_are_prose() {
        let text = "# For nobody.\n[[hint]]\nwhen = \"a::nobody_waits\"\ntext = \"\"\"\nThe queue has\nso many\"\"\"\n\n\
                    [[hint]]\ntext = \"Nobody wakes it.\"\n";
        let expected = [(6, "so many".to_owned()), (9, "Nobody".to_owned())];
        assert_eq!(found("a.toml", text), expected);
    }
}
