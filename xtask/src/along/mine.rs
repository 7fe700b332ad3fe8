//! A learner's own version of a step.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};

use crate::{
    along::sections,
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

    /// The next file under `src/` that the step adds and that is not there.
    pub fn next_file(&self) -> Option<&'a str> {
        self.added().into_iter().find(|path| !self.dir.join(path).is_file())
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
