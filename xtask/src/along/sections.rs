//! Where a chapter explains what a test file tests.
//!
//! A step's manifest names, for a test file, words of a heading of its chapter, or a source file. Chapters are
//! rewritten; the tasks in them name their files in any case, so that a file's name finds its place in most of them.

use std::{fmt, fs};

use crate::steps::{Step, Workspace};

/// What the manifest calls the game's rules.
pub const GAME: &str = "game";

/// The parts of a chapter that build the step: there a file is written about, and not only mentioned.
const BUILDING: [&str; 2] = ["build it", "the tour"];

/// A place in a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The heading that it is under.
    pub heading: String,
}

/// A step's chapter.
#[derive(Debug)]
pub struct Chapter<'a> {
    step: &'a Step,
    text: String,
}

impl<'a> Chapter<'a> {
    /// Reads the chapter of a step. One that cannot be read has no sections.
    pub fn of(workspace: &Workspace, step: &'a Step) -> Self {
        let text = fs::read_to_string(workspace.root.join(&step.meta.chapter)).unwrap_or_default();
        Chapter { step, text }
    }

    /// Where it is about a test file, or about the [`GAME`], if its step says so.
    pub fn about(&self, what: &str) -> Option<Place> {
        find(&self.text, self.step.meta.sections.get(what)?)
    }

    /// Where it is about a source file: `src/waker.rs`.
    pub fn about_file(&self, path: &str) -> Option<Place> {
        find(&self.text, path.rsplit('/').next()?)
    }

    /// The task whose heading names a source file, if there is one.
    pub fn task_of(&self, path: &str) -> Option<Place> {
        let name = plain(path.rsplit('/').next()?);
        self.about_file(path).filter(|place| says(&place.heading, &name))
    }

    /// What to read about a test file, or about the [`GAME`]: the section, or else the chapter.
    pub fn read(&self, what: &str) -> Reading {
        Reading { chapter: self.step.meta.chapter.display().to_string(), place: self.about(what) }
    }

    /// What to read about a source file: the section, or else the chapter.
    pub fn read_file(&self, path: &str) -> Reading {
        Reading { place: self.about_file(path), ..self.read("") }
    }
}

/// What to read, as a person finds it: `docs/src/03-waker.md:27, "The tour"`.
#[derive(Debug)]
pub struct Reading {
    chapter: String,
    place: Option<Place>,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chapter)?;
        match &self.place {
            Some(Place { line, heading }) => write!(f, ":{line}, \"{heading}\""),
            None => Ok(()),
        }
    }
}

/// Finds the place of a chapter that is about these words: the first heading that has them; or else the first paragraph
/// that begins with them in bold; or else where they are first said, best in the part that builds the step.
pub fn find(chapter: &str, words: &str) -> Option<Place> {
    let words = plain(words);
    let mut best: Option<(u8, Place)> = None;
    let (mut fenced, mut heading, mut building) = (false, String::new(), false);
    for (index, line) in chapter.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced || line.starts_with("<!--") {
            continue;
        }
        let level = line.len() - line.trim_start_matches('#').len();
        // The title is about everything.
        let is_heading = level > 1 && line[level..].starts_with(' ');
        if is_heading {
            heading = line[level..].trim().replace('`', "");
            if level == 2 {
                building = BUILDING.contains(&plain(&heading).as_str());
            }
        }
        let bold = line.trim_start_matches(|c: char| !c.is_alphabetic() && c != '*');
        let bold = bold.strip_prefix("**").and_then(|bold| bold.split("**").next());
        let rank = match () {
            () if is_heading && says(line, &words) => 0,
            () if bold.is_some_and(|bold| says(bold, &words)) => 1,
            () if level == 0 && says(line, &words) => 3 - u8::from(building),
            () => continue,
        };
        if best.as_ref().is_none_or(|(before, _)| rank < *before) {
            best = Some((rank, Place { line: index + 1, heading: heading.clone() }));
        }
    }
    best.map(|(_, place)| place).filter(|place| !place.heading.is_empty())
}

/// A text without its marks, in small letters.
fn plain(text: &str) -> String {
    text.replace(['`', '*'], "").trim().to_lowercase()
}

/// Whether a line says these words, and not only as a part of longer ones.
fn says(line: &str, words: &str) -> bool {
    let line = plain(line);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(words).any(|(at, _)| {
        let (before, after) =
            (line[..at].chars().next_back(), line[at + words.len()..].chars().next());
        !words.is_empty() && !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "# 3. Wakers\n\nOf `waker.rs`.\n\n## Where we stand\n\nNo `queue.rs` yet.\n\n\
                           ## The tour\n\n```rust\nwaker.rs\n```\n`raw_waker.rs`, then `queue.rs` for `waker.rs`\n\n\
                           **`waker.rs`** wakes.\n\n### Why `park` waits\n\ntext\n";

    fn at(words: &str) -> Option<(usize, String)> {
        find(CHAPTER, words).map(|place| (place.line, place.heading))
    }

    #[test]
    fn a_section_is_found_by_its_heading_by_a_bold_beginning_or_by_where_it_is_said() {
        assert_eq!(at("why park waits"), Some((18, "Why park waits".to_owned())));
        assert_eq!(at("waker.rs"), Some((16, "The tour".to_owned())));
        assert_eq!(at("queue.rs"), Some((14, "The tour".to_owned())));
    }

    #[test]
    fn what_a_chapter_does_not_say_is_not_found() {
        for words in ["aker.rs", "wakers", "timers", "", "park wait"] {
            assert_eq!(at(words), None, "{words}");
        }
    }
}
