//! Where a chapter describes a task.

use std::{fmt, fs, path::PathBuf};

use kit::steps::{Step, Workspace};

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
    let plain = |text: &str| text.replace(['`', '*'], "").trim().to_owned();
    let words = plain(words).to_lowercase();
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut fenced = false;
    chapter.lines().enumerate().find_map(|(index, line)| {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || line.len() - heading.len() < 2 || !heading.starts_with(' ') || words.is_empty()
        {
            return None;
        }
        let heading = plain(heading);
        let lower = heading.to_lowercase();
        let parts: Vec<&str> = lower.split(&words).collect();
        let is_whole = |around: &[&str]| {
            !is_part(around[0].chars().next_back()) && !is_part(around[1].chars().next())
        };
        parts.windows(2).any(is_whole).then_some((index + 1, heading))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_by_whole_words_of_its_heading() {
        let chapter = "# 3. Task 1\n\n```\n## Task 1\n```\n\n### Task 10: last\n\n### Task 1: why `park` waits\n";
        let first = Some((9, "Task 1: why park waits".to_owned()));
        assert_eq!((find(chapter, "task 1"), find(chapter, "`park`")), (first.clone(), first));
        for words in ["tas", "", "par waits"] {
            assert_eq!(find(chapter, words), None, "{words}");
        }
    }
}
