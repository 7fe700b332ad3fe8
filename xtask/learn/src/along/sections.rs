//! Where a chapter writes about a task.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use kit::steps::{Step, Workspace};

/// What the check calls the rules of the game.
pub const GAME: &str = "game";

/// What to read, as a person finds it: `docs/src/03-waker.md:27, "Task 2: poll only what was woken"`.
#[derive(Debug)]
pub struct Reading {
    chapter: String,
    place: Option<Place>,
}

/// A heading of a chapter, and its line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    line: usize,
    heading: String,
}

impl Reading {
    /// The section of a step's chapter whose heading has these words, or else the chapter.
    pub fn of(workspace: &Workspace, step: &Step, words: &str) -> Self {
        let chapter = step.meta.chapter.clone();
        let look = |page: PathBuf| {
            let text = fs::read_to_string(workspace.root.join(&page)).unwrap_or_default();
            Reading { chapter: page.display().to_string(), place: find(&text, words) }
        };
        // A long chapter has several pages.
        let others = pages_beside(workspace, step);
        let mut readings = [chapter.clone()].into_iter().chain(others).map(look);
        readings
            .find(Reading::is_found)
            .unwrap_or(Reading { chapter: chapter.display().to_string(), place: None })
    }

    /// Whether a heading has the words.
    pub fn is_found(&self) -> bool {
        self.place.is_some()
    }
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

/// The other pages about a step.
fn pages_beside(workspace: &Workspace, step: &Step) -> Vec<PathBuf> {
    let folder = step.meta.chapter.parent().unwrap_or(Path::new(""));
    let entries = fs::read_dir(workspace.root.join(folder)).into_iter().flatten().flatten();
    let mut pages: Vec<PathBuf> = entries.map(|entry| folder.join(entry.file_name())).collect();
    pages.retain(|page| *page != step.meta.chapter && step.has_page(page));
    pages.sort();
    pages
}

/// Finds the first heading below the title that has these words.
pub fn find(chapter: &str, words: &str) -> Option<Place> {
    let words = plain(words);
    let mut fenced = false;
    for (index, line) in chapter.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        let level = line.len() - heading.len();
        if !fenced && level > 1 && heading.starts_with(' ') && says(heading, &words) {
            let heading = heading.trim().replace('`', "");
            return Some(Place { line: index + 1, heading });
        }
    }
    None
}

/// A text without its marks, in small letters.
fn plain(text: &str) -> String {
    text.replace(['`', '*'], "").trim().to_lowercase()
}

/// Whether a line has these words, and not only as a part of longer ones.
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

    const CHAPTER: &str = "# 3. Task 1\n\n## Where we stand\n\n```\n## Task 1\n```\n\n### Task 10: last\n\n\
                           ### Task 1: why `park` waits\n";

    #[test]
    fn a_section_is_found_by_words_of_its_heading() {
        let at = |words: &str| find(CHAPTER, words).map(|place| (place.line, place.heading));
        let first = Some((11, "Task 1: why park waits".to_owned()));
        assert_eq!((at("task 1"), at("`park`")), (first.clone(), first));
        for words in ["task", "tas", "", "par waits"] {
            assert_eq!(at(words).is_some(), words == "task", "{words}");
        }
    }
}
