//! A learner's own version of a step.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};

use crate::{
    along::sections,
    neutral::{neutralise, restore},
    steps::{Step, Workspace},
    tree,
};

/// A learner's own version of a step, whether it has been laid or not.
#[derive(Debug)]
pub struct Mine<'a> {
    /// The workspace that it is in.
    pub workspace: &'a Workspace,
    /// The step that it is to become.
    pub step: &'a Step,
    /// Its folder.
    pub dir: PathBuf,
}

impl<'a> Mine<'a> {
    /// The learner's version of the step of that number.
    pub fn new(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let step = workspace.step(number)?;
        let mut mine = Mine { workspace, step, dir: PathBuf::new() };
        mine.dir = workspace.root.join(mine.shown());
        Ok(mine)
    }

    /// That version, if it has been laid.
    pub fn existing(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let mine = Mine::new(workspace, number)?;
        if !mine.dir.is_dir() {
            let shown = mine.shown();
            bail!("there is no {shown} yet: lay it with `cargo xtask start {number}`");
        }
        Ok(mine)
    }

    /// The step's number.
    pub fn number(&self) -> u8 {
        self.step.meta.number
    }

    /// Its folder as a person says it: `my/step03`.
    pub fn shown(&self) -> String {
        format!("my/{}", self.name())
    }

    /// The name of its folder: `step03`.
    pub fn name(&self) -> String {
        format!("step{:02}", self.number())
    }

    /// Where what was there was moved aside at that count: `my/step03.1`.
    pub fn aside(&self, count: usize) -> PathBuf {
        self.dir.with_file_name(format!("{}.{count}", self.name()))
    }

    /// Tells whether anything was written since: a number for what is in `src/` and `Cargo.toml`.
    pub fn fingerprint(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        let mut files = tree::files_under(&self.dir.join("src"))?;
        files.push(self.dir.join("Cargo.toml"));
        for file in files {
            tree::relative(&self.dir, &file).hash(&mut hasher);
            fs::read(&file).unwrap_or_default().hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }

    /// The files under `src/` that the step adds, in the order in which the chapter comes to them.
    pub fn added(&self) -> Vec<&'a str> {
        let chapter = sections::Chapter::of(self.workspace, self.step);
        let sources = self.step.meta.adds.iter().filter(|path| path.starts_with("src/"));
        let mut sources: Vec<&str> = sources.map(String::as_str).collect();
        sources.sort_by_key(|path| chapter.about_file(path).map_or(usize::MAX, |place| place.line));
        sources
    }

    /// The next file under `src/` that is to be written: one that the step adds and that is not there, or one that it
    /// changes, in a task of its own, and that is as it was laid.
    pub fn next_file(&self) -> Option<&'a str> {
        self.to_write().into_iter().find(|path| {
            !self.dir.join(path).is_file() || self.step.meta.changes.iter().any(|it| it == path)
        })
    }

    /// The files under `src/` that nothing was written in, in the order of the chapter. What a task does by the way, in
    /// a file that its heading does not name, is left out.
    pub fn to_write(&self) -> Vec<&'a str> {
        let chapter = sections::Chapter::of(self.workspace, self.step);
        let mut files = self.added();
        files.retain(|path| {
            let text = fs::read_to_string(self.dir.join(path)).unwrap_or_default();
            text.is_empty() || text.contains("todo!(")
        });
        let changed = self.step.meta.changes.iter().map(String::as_str);
        let changed = changed.filter(|path| path.starts_with("src/") && self.is_as_laid(path));
        files.extend(changed.filter(|path| chapter.task_of(path).is_some()));
        files.sort_by_key(|path| chapter.about_file(path).map_or(usize::MAX, |place| place.line));
        files
    }

    /// Whether a file is as the step before has it. What a learner brought along from there is never that.
    fn is_as_laid(&self, path: &str) -> bool {
        let before = self.workspace.steps.iter().find(|step| step.meta.number + 1 == self.number());
        before.is_some_and(|before| {
            let theirs = fs::read_to_string(before.dir.join(path));
            let mine = fs::read_to_string(self.dir.join(path));
            theirs.ok().map(|text| restore(&neutralise(&text, before), self.step)) == mine.ok()
        })
    }

    /// The test files, `tests/….rs`, that differ from the step's or are gone.
    pub fn changed_tests(&self) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for file in tree::files_under(&self.step.dir.join("tests"))? {
            let path = tree::relative(&self.step.dir, &file);
            let ours = fs::read(&file).with_context(|| format!("cannot read {path}"))?;
            if fs::read(self.dir.join(&path)).ok() != Some(ours) {
                changed.push(path);
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_written_nothing_yet_begins_with_the_first_task() {
        let workspace = Workspace::load().unwrap();
        for pair in workspace.steps.windows(2) {
            let [before, step] = pair else { unreachable!() };
            let mine = Mine { workspace: &workspace, step, dir: before.dir.clone() };
            let first = mine.next_file().unwrap();
            let place = sections::Chapter::of(&workspace, step).about_file(first).unwrap();
            assert!(place.heading.starts_with("Task 1: "), "{first}: {place:?}");
        }
    }
}
