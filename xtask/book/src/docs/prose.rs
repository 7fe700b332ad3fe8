//! A short list of phrases that make English hard to read, and the texts that must not have them.
//!
//! A pattern finds only the worst habits. A text that passes still needs a reader who did not write it.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use anyhow::Result;
use kit::{code, steps::Workspace, tree};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::docs::links::Problem;

/// Where the texts are, besides the steps' `src/`. Of other Rust files only the strings are checked.
const SOURCES: [&str; 6] =
    ["README.md", "CONTRIBUTING.md", "docs/src", "docs/builder/src", "xtask/hints", "xtask"];

/// The phrases: a pattern, and what to write instead.
const PHRASES: [(&str, &str); 14] = [
    (r"(?:^|[.!?]\s)(?:Who|Whose)\b[^.!?]*[.!]", "Name the noun: a task, a caller, a player"),
    (r"\b(?:for|only|than) who\b", "Name the noun: a task, a caller, a player"),
    (r"\b[Ww]ho(?:m|so)?ever\b", "Name the noun: the task that, any client that"),
    (
        r"\b(?:[Aa]ny|[Ss]ome|[Nn]o|[Ee]very)body\b",
        "Name them: a task, other threads, user code, all players",
    ),
    (
        r"\b[Ss]o (?:many|much|long)\b[^.!?;:]*",
        "Write \"this many\", \"at most 16\", \"for the given time\"",
    ),
    (r"\bbelong(?:s|ed|ing)? into\b", "Write \"goes into\" or \"belongs in\""),
    (
        r"\b(?:is|are|does|do|has|have|knows?|needs?) (?:\w+ ){0,2}no more(?:[.,;:]|$)",
        "Write \"no longer\" before the verb",
    ),
    (r"\b(?:[Oo]ne|an) advice\b|\badvices\b", "Write \"a piece of advice\", or give the advice"),
    (r"\b(?:That|This) (?:were|are)\b", "Write \"those were\", \"these are\""),
    (
        r", for (?:it|they|he|she|we|you|there|this|that|nothing|its) (?:\w+ )?(?:is|are|was|were|has|have|had|will|can|cannot|may|must|does|do|did)\b",
        "Write \"because\"",
    ),
    (
        r"\b(?:(?:[Tt]he|[Tt]his) (?:kernel|(?:operating )?system|poller|program|runtime|executor|reactor|server|tool|command)|smol|tokio|mio|epoll|cargo|code) (?:does not |never |cannot )?(?:tell|hear|want)s?\b",
        "Machines report, return, print or need something",
    ),
    (r"\b(?:shown|said|told) is\b|\bsays? then\b", "Subject, verb, object: \"the output of\""),
    (r"\b(?:lays|laying) (?:the|a) (?:folder|workspace|step)\b", "Write \"creates the folder\""),
    (r"\bway home\b|\bfarewells?\b", "Use the field's term: the inbox, the goodbye line"),
];

/// A comparison, which the phrase with `so` finds as well.
const COMPARISON: &str = r"(?s)^[Ss]o (?:many|much|long)\b.*\b(?:that|as)\b|^[Ss]o long$";

/// Checks the texts. Returns the problems of each file.
pub fn check(workspace: &Workspace) -> Result<BTreeMap<String, Vec<Problem>>> {
    let root = &workspace.root;
    let mut files = Vec::new();
    for source in SOURCES {
        let path = root.join(source);
        files.extend(if path.is_file() { vec![path] } else { tree::files_under(&path)? });
    }
    for step in &workspace.steps {
        files.extend(tree::files_under(&step.dir.join("src"))?);
    }
    let texts = files.into_iter().filter(|file| {
        let is_source = || file.components().any(|part| part.as_os_str() == "src");
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => is_source(),
            extension => matches!(extension, Some("md" | "toml")),
        }
    });
    let check = |file: &std::path::PathBuf| {
        let path = tree::relative(root, file);
        Ok((path.clone(), problems(&prose(&path, &tree::read(file)?))))
    };
    texts.collect::<Vec<_>>().iter().map(check).collect()
}

/// The prose of a file as Markdown, with each line in its place.
fn prose(path: &str, text: &str) -> String {
    let is_step = path.starts_with("step");
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("rs") if is_step => {
            lines(&code::comments(text), |line| line.trim_start().trim_start_matches(['/', '!']))
        }
        // This file has all the phrases.
        Some("rs") if path.ends_with("docs/prose.rs") => String::new(),
        Some("rs") => lines(&code::literals(text), |line| line.trim().trim_matches('"')),
        // Hints and tasks: the texts, which can have several lines.
        Some("toml") => lines(text, |line| {
            let key =
                line.split_once(" = ").filter(|(key, _)| key.chars().all(char::is_alphabetic));
            match key {
                Some(("text" | "title" | "name", words)) => words.trim_matches(['"', '\'']),
                Some(_) => "",
                None if line.starts_with(['[', '#']) => "",
                None => line.trim_end_matches('"'),
            }
        }),
        _ => text.to_owned(),
    }
}

/// A text with every line replaced by a part of it.
fn lines(text: &str, part: impl Fn(&str) -> &str) -> String {
    text.lines().map(|line| part(line).to_owned() + "\n").collect()
}

fn problems(markdown: &str) -> Vec<Problem> {
    fn compile(pattern: &str) -> Regex {
        Regex::new(pattern).expect("the pattern is valid")
    }
    static PATTERNS: LazyLock<[(Regex, &str); PHRASES.len()]> =
        LazyLock::new(|| PHRASES.map(|(pattern, instead)| (compile(pattern), instead)));
    static EXCUSE: LazyLock<Regex> = LazyLock::new(|| compile(COMPARISON));
    let mut problems = Vec::new();
    for (start, block) in blocks(markdown) {
        for (pattern, instead) in PATTERNS.iter() {
            for found in pattern.find_iter(&block) {
                let words = found.as_str().trim_start_matches(['.', '!', '?', ',', '\n', ' ']);
                if EXCUSE.is_match(words) {
                    continue;
                }
                let line = start + block[..found.end() - words.len()].matches('\n').count();
                let words: Vec<&str> = words.split_whitespace().take(6).collect();
                let words = words.join(" ");
                problems.push((line, format!("\"{words}\" is hard to read. {instead}")));
            }
        }
    }
    problems.sort();
    problems
}

/// The paragraphs, headings, list items and cells of a text, each with its first line, counted from 1. Code is left out.
fn blocks(markdown: &str) -> Vec<(usize, String)> {
    let inline = [TagEnd::Emphasis, TagEnd::Strong, TagEnd::Link, TagEnd::Image, TagEnd::CodeBlock];
    let is_block = |tag: &TagEnd| !inline.contains(tag);
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
            // Code in a sentence is a noun.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text that have a phrase, and the words that were found.
    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        let found = problems(&prose(path, text)).into_iter();
        found.map(|(line, what)| (line, what.split('"').nth(1).unwrap().to_owned())).collect()
    }

    #[test]
    fn each_phrase_is_found() {
        for text in [
            "Who answers `Pending` has seen to it.",
            "It ends. Whose turn it is comes first.",
            "This is a text for who cannot see it.",
            "It is for whoever\nasks.",
            "A waker may be anybody's code.",
            "It polls so many tasks at most.",
            "The future belongs into its slot.",
            "It needs this no more: remove it.",
            "One advice: run it.",
            "That were all 8 hints.",
            "Wait, for nothing else will end it.",
            "The kernel does it, and smol tells no one.",
            "If the operating system does not tell, ask.",
            "Shown is when: shown is the thread.",
            "This is what the test says then.",
            "`start` lays the folder.",
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
    fn of_each_kind_of_file_only_the_prose_is_checked() {
        let markdown = "# A\n\nOne *line*.\nWho asks\nis told by a waker, sooner or later.\n\n- so many\n- b\n";
        let expected = [(4, "Who asks is told by a".to_owned()), (7, "so many".to_owned())];
        assert_eq!(found("a.md", markdown), expected);
        let source = "//! It is\n//! nobody's.\n\n/// ```\n/// // Nobody.\n/// ```\nfn nobody() {\n    \
                      let whoever = \"so many\"; // Not so many\n    // of these.\n}\n";
        let expected = [(2, "nobody".to_owned()), (8, "so many of these".to_owned())];
        assert_eq!(found("step01/src/a.rs", source), expected);
        assert_eq!(found("xtask/a.rs", source), [(8, "so many".to_owned())]);
        let hints = "# For nobody.\n[[hint]]\nwhen = \"a::nobody_waits\"\ntext = \"\"\"\nThe queue has\nso many\"\"\"\n\n\
                     [[hint]]\ntext = \"Nobody wakes it.\"\n";
        let expected = [(6, "so many".to_owned()), (9, "Nobody".to_owned())];
        assert_eq!(found("a.toml", hints), expected);
    }
}
