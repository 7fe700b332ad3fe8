//! A learner's own version of a step.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};

use crate::series::{
    Series, Snapshot,
    folder::{self, Files},
};
use kit::{
    neutral::restore,
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
    /// The tasks that lead there.
    pub series: Series<'a>,
    /// Its folder.
    pub dir: PathBuf,
}

impl<'a> Mine<'a> {
    /// The learner's version of the step of that number.
    pub fn new(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let step = workspace.step(number)?;
        let dir = workspace.root.join(format!("my/step{number:02}"));
        Ok(Mine { workspace, step, series: Series::load(workspace, number)?, dir })
    }

    /// That version, if it has been laid. Without a number, the one that the current folder is in.
    pub fn existing(workspace: &'a Workspace, number: Option<u8>) -> Result<Self> {
        let number = number.map_or_else(|| here(workspace), Ok)?;
        let mine = Mine::new(workspace, number)?;
        if !mine.dir.is_dir() {
            bail!("{} does not exist. Create it with `cargo xtask start {number}`", mine.shown());
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

    /// A task as a person reads it: `task 2 of 5, "Poll only what was woken"`.
    pub fn task(&self, number: usize) -> String {
        let tasks = &self.series.tasks;
        format!("task {number} of {}, \"{}\"", tasks.len(), tasks[number - 1].title)
    }

    /// A number for what is in `src/` and `Cargo.toml`, which tells whether anything was written since.
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

    /// The learner's sources and dependencies.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::read(&self.dir, self.step)
    }

    /// Writes the sources and dependencies that differ from `before`, and gives their paths.
    pub fn write(&self, before: &Snapshot, after: &Snapshot) -> Result<Vec<String>> {
        let changed = before.changed(after);
        for path in &changed {
            let file = self.dir.join(path);
            let Some(text) = after.0.get(path) else {
                fs::remove_file(&file)?;
                continue;
            };
            let mut text = restore(text, self.step);
            if path == "Cargo.toml" {
                let lock = self.workspace.root.join("Cargo.lock");
                if lock.exists() {
                    fs::copy(lock, self.dir.join("Cargo.lock"))?;
                }
                text = folder::with_dependencies(&fs::read_to_string(&file)?, &text);
            }
            fs::create_dir_all(file.parent().unwrap_or(&file))?;
            fs::write(&file, text)
                .with_context(|| format!("cannot write {}/{path}", self.shown()))?;
        }
        Ok(changed)
    }

    /// Lays the tests and examples of a task in the place of those of the task before it. Files that the learner has
    /// changed stay as they are.
    pub fn lay_tests(&self, reached: usize) -> Result<()> {
        let (old, new) = (self.series.beside(reached - 1), self.series.beside(reached));
        for (path, text) in &old {
            let file = self.dir.join(path);
            if !new.contains_key(path) && fs::read_to_string(&file).ok().as_ref() == Some(text) {
                fs::remove_file(file)?;
            }
        }
        let mut files = Files::new();
        for (path, text) in new {
            let theirs = fs::read_to_string(self.dir.join(&path)).ok();
            if theirs.is_none() || theirs.as_ref() == old.get(&path) {
                files.insert(path, text);
            }
        }
        let manifest = fs::read_to_string(self.dir.join("Cargo.toml"))?;
        let targets = self.series.targets(reached)?;
        let missing: Vec<&String> =
            targets.iter().filter(|target| !manifest.contains(target.trim())).collect();
        if !missing.is_empty() {
            let more: String = missing.iter().map(|target| format!("\n{target}")).collect();
            files.insert("Cargo.toml".to_owned(), manifest + &more);
        }
        folder::write(&self.dir, &files)
    }

    /// The tests and examples that are not as they were laid.
    pub fn changed_tests(&self, reached: usize) -> Vec<String> {
        let laid = self.series.beside(reached).into_iter();
        let differs = |(path, text): &(String, String)| {
            fs::read_to_string(self.dir.join(path)).ok().as_ref() != Some(text)
        };
        laid.filter(differs).map(|(path, _)| path).collect()
    }
}

/// The number of the step whose folder the current folder is in.
fn here(workspace: &Workspace) -> Result<u8> {
    let dir = env::current_dir().and_then(|dir| dir.canonicalize());
    let my = workspace.root.join("my").canonicalize();
    let name = dir.ok().zip(my.ok()).and_then(|(dir, my)| {
        let name = dir.strip_prefix(my).ok()?.components().next()?;
        Some(name.as_os_str().to_string_lossy().into_owned())
    });
    let number = name.and_then(|name| name.strip_prefix("step")?.parse().ok());
    number.context("name the step, as in `cargo xtask check 3`, or change to its folder in my/")
}
