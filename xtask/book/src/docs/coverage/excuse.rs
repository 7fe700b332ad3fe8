//! The changes that a manifest says need not be shown.

use std::ops::Range;

use crate::docs::{change::Side, excerpt, items, source::Source};
use kit::steps::{Step, Unshown};

/// A change that the manifest says need not be shown.
pub struct Excuse<'a> {
    /// What the manifest says.
    pub unshown: &'a Unshown,
    /// The item, if it names some.
    item: Option<&'a str>,
    /// Whether nothing of it changes.
    pub is_idle: bool,
    /// Whether anything of it is not shown.
    pub is_used: bool,
}

impl<'a> Excuse<'a> {
    /// One for each item that an entry names, or one for a whole file.
    pub fn of(unshown: &'a Unshown) -> Vec<Self> {
        let excuse = |item| Excuse { unshown, item, is_idle: true, is_used: false };
        match &unshown.item {
            None => vec![excuse(None)],
            Some(names) => excerpt::names(names).into_iter().map(Some).map(excuse).collect(),
        }
    }

    /// Whether it is for a line.
    pub fn is_for(&self, side: &Side<'_>, place: &(String, usize)) -> bool {
        let Some(source) = side.source.as_ref().filter(|source| source.path == place.0) else {
            return false;
        };
        match self.item {
            None => true,
            Some(item) => lines_of(source, item).is_some_and(|lines| lines.contains(&place.1)),
        }
    }

    /// What is wrong with it, now that all changes have been looked at.
    pub fn problem(&self, step: &Step) -> Option<String> {
        let item = self.item.map_or(String::new(), |item| format!(" {item}"));
        let what = format!("{}/Cargo.toml: `unshown` names {}{item}", step.name, self.unshown.file);
        if self.is_idle {
            Some(format!(
                "{what}, which the step does not change: take it away, or mend the names in it"
            ))
        } else if !self.is_used {
            Some(format!("{what}, all of which the chapter shows: take it away"))
        } else if self.unshown.reason.trim().is_empty() {
            Some(format!("{what} without a reason: write why it is not worth showing"))
        } else {
            None
        }
    }
}

/// The lines of an item, if the source has it.
fn lines_of(source: &Source, item: &str) -> Option<Range<usize>> {
    items::find(&source.items, item).ok().map(|item| source.lines_of(item))
}
