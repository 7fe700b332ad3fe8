//! Where a chapter describes a task.

use std::{fmt, fs, path::PathBuf};

use kit::steps::{Step, Workspace};
use regex::Regex;

/// What the check calls the rules of the game.
pub const GAME: &str = "game";

/// What to read, as a person finds it: `docs/src/03-waker.md:27, "Task 2: poll only what was woken"`.
#[derive(Debug)]
pub struct Reading {
    page: PathBuf,
    /// A heading, and its line, counted from 1.
    place: Option<(usize, String)>,
}

impl Reading {
    /// The section of a step's chapter whose heading has these words, or else the chapter. A long chapter has several
    /// pages.
    pub fn of(workspace: &Workspace, step: &Step, words: &str) -> Self {
        let chapter = step.meta.chapter.clone();
        let folder = chapter.parent().map(PathBuf::from).unwrap_or_default();
        let entries = fs::read_dir(workspace.root.join(&folder)).into_iter().flatten().flatten();
        let pages = entries.map(|entry| folder.join(entry.file_name()));
        let mut pages: Vec<PathBuf> = pages.filter(|page| step.has_page(page)).collect();
        pages.sort_by_key(|page| (*page != chapter, page.clone()));
        let read = |page: PathBuf| {
            let text = fs::read_to_string(workspace.root.join(&page)).unwrap_or_default();
            Reading { place: find(&text, words), page }
        };
        let found = pages.into_iter().map(read).find(Reading::is_found);
        found.unwrap_or(Reading { page: chapter, place: None })
    }

    /// Whether a heading has the words.
    pub fn is_found(&self) -> bool {
        self.place.is_some()
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.page.display())?;
        match &self.place {
            Some((line, heading)) => write!(f, ":{line}, \"{heading}\""),
            None => Ok(()),
        }
    }
}

/// Finds the first heading below the title that has these words, and not only as a part of longer ones.
fn find(chapter: &str, words: &str) -> Option<(usize, String)> {
    let heading = Regex::new(&format!(r"(?i)^##+ (.*\b{}\b.*)", regex::escape(words))).ok()?;
    let mut fenced = false;
    chapter.lines().enumerate().find_map(|(index, line)| {
        fenced ^= line.trim_start().starts_with("```");
        let heading = heading.captures(line).filter(|_| !fenced)?;
        Some((index + 1, heading[1].replace(['`', '*'], "")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_by_whole_words_of_its_heading() {
        let chapter = "# 3. Task 1\n\n```\n## Task 1\n```\n\n### Task 10: last\n\n### Task 1: why `park` waits\n";
        let first = Some((9, "Task 1: why park waits".to_owned()));
        assert_eq!(find(chapter, "task 1"), first);
        for words in ["tas", "par waits"] {
            assert_eq!(find(chapter, words), None, "{words}");
        }
    }
}
