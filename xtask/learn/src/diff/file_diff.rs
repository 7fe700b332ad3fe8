//! How one file differs between two steps.

use similar::{ChangeTag, TextDiff};

/// How one file differs between two steps.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// The file's path in a step: `src/game.rs`.
    pub path: String,
    /// Its path in the workspace and its text in the earlier step, if it is there.
    pub old: Option<(String, String)>,
    /// Its path in the workspace and its text in the later step, if it is there.
    pub new: Option<(String, String)>,
    /// How many lines only the later step has.
    pub added: usize,
    /// How many lines only the earlier step has.
    pub removed: usize,
}

impl FileDiff {
    /// Compares two texts of a file.
    pub fn new(path: &str, old: Option<(String, String)>, new: Option<(String, String)>) -> Self {
        let mut file = FileDiff { path: path.to_owned(), old, new, added: 0, removed: 0 };
        let (mut added, mut removed) = (0, 0);
        for change in TextDiff::from_lines(file.old_text(), file.new_text()).iter_all_changes() {
            match change.tag() {
                ChangeTag::Equal => {}
                ChangeTag::Insert => added += 1,
                ChangeTag::Delete => removed += 1,
            }
        }
        (file.added, file.removed) = (added, removed);
        file
    }

    /// The text in the earlier step, empty if there is none.
    pub fn old_text(&self) -> &str {
        self.old.as_ref().map_or("", |(_, text)| text)
    }

    /// The text in the later step, empty if there is none.
    pub fn new_text(&self) -> &str {
        self.new.as_ref().map_or("", |(_, text)| text)
    }

    /// How many lines change.
    pub fn total(&self) -> usize {
        self.added + self.removed
    }
}
