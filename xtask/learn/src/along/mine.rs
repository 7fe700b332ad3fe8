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
    merge::merge,
    snapshot::MANIFEST,
};
use kit::{
    neutral::restore,
    steps::{Step, Workspace},
    tree,
};

/// A learner's own version of a step, whether it exists yet or not.
#[derive(Debug)]
pub struct Mine<'a> {
    pub workspace: &'a Workspace,
    /// The step that it is to become.
    pub step: &'a Step,
    /// The tasks that lead there.
    pub series: Series<'a>,
    pub dir: PathBuf,
}

impl<'a> Mine<'a> {
    pub fn new(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let step = workspace.step(number)?;
        let dir = workspace.root.join(format!("my/step{number:02}"));
        Ok(Mine { workspace, step, series: Series::load(workspace, number)?, dir })
    }

    /// The existing version of a step. Without a number, the one that the current folder is in.
    pub fn existing(workspace: &'a Workspace, number: Option<u8>) -> Result<Self> {
        let number = number.map_or_else(|| here(workspace), Ok)?;
        let mine = Mine::new(workspace, number)?;
        if !mine.dir.is_dir() {
            bail!("{} does not exist. Create it with `cargo xtask start {number}`", mine.shown());
        }
        Ok(mine)
    }

    pub fn number(&self) -> u8 {
        self.step.meta.number
    }

    /// Its folder as a person says it: `my/step03`.
    pub fn shown(&self) -> String {
        format!("my/{}", self.name())
    }

    pub fn name(&self) -> String {
        format!("step{:02}", self.number())
    }

    /// Where the folder is moved to when the step is started again: `my/step03.1`.
    pub fn aside(&self, count: usize) -> PathBuf {
        self.dir.with_file_name(format!("{}.{count}", self.name()))
    }

    /// How often the folder was moved aside.
    pub fn count_aside(&self) -> usize {
        let is_there = |count: &usize| fs::symlink_metadata(self.aside(*count)).is_ok();
        (1..).take_while(is_there).count()
    }

    /// A task as a person reads it: `task 2 of 5, "Poll only what was woken"`.
    pub fn task(&self, number: usize) -> String {
        let tasks = &self.series.tasks;
        format!("task {number} of {}, \"{}\"", tasks.len(), tasks[number - 1].title)
    }

    /// A number for what is in `Cargo.toml` and these folders. It changes when a file does.
    pub fn fingerprint(&self, folders: &[&str]) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        let mut files = vec![self.dir.join("Cargo.toml")];
        for folder in folders {
            files.extend(tree::files_under(&self.dir.join(folder))?);
        }
        for file in files {
            tree::relative(&self.dir, &file).hash(&mut hasher);
            fs::read(&file).unwrap_or_default().hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }

    /// The text of a `lib.rs` with the step's own introduction, down to its first heading, in place of its own.
    pub fn retitled(&self, text: &str) -> String {
        let split = |text: &str| {
            let is_title = |line: &&str| line.starts_with("//!") && !line.starts_with("//! #");
            let title = text.split_inclusive('\n').take_while(is_title).map(str::len).sum();
            let (title, rest) = text.split_at(title);
            (title.to_owned(), rest.to_owned())
        };
        let (title, _) = split(self.series.tree.text("src/lib.rs"));
        restore(&title, self.step) + &split(text).1
    }

    /// The lines with a `todo!()` in these of the learner's files, as `src/a.rs:7`.
    pub fn places_to_fill(&self, files: &[String]) -> Result<Vec<String>> {
        let mut places = Vec::new();
        for file in files.iter().filter(|file| file.ends_with(".rs")) {
            let text = fs::read_to_string(self.dir.join(file))?;
            let lines = text.lines().enumerate().filter(|(_, line)| line.contains("todo!("));
            places.extend(lines.map(|(index, _)| format!("{file}:{}", index + 1)));
        }
        Ok(places)
    }

    /// The learner's sources and dependencies.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::read(&self.dir, self.step)
    }

    /// Puts what a task begins with, or only its dependencies, into the learner's files. Gives the paths of the files that
    /// it changed and, as text, what did not fit.
    pub fn begin(&self, task: usize, only_dependencies: bool) -> Result<(Vec<String>, String)> {
        let Some(start) = &self.series.starts[task - 1] else { return Ok(Default::default()) };
        let (mut before, mut start) = (self.series.prefixes[task - 1].clone(), start.clone());
        if only_dependencies {
            for side in [&mut before, &mut start] {
                side.0.retain(|path, _| path == MANIFEST);
            }
        }
        let sources = self.snapshot()?;
        let (merged, left) = merge(&before, &sources, &start);
        Ok((self.write(&sources, &merged)?, restore(&left, self.step)))
    }

    /// Writes the sources and dependencies that differ from `before`, and gives their paths.
    fn write(&self, before: &Snapshot, after: &Snapshot) -> Result<Vec<String>> {
        let changed = before.changed(after);
        for path in &changed {
            let file = self.dir.join(path);
            let Some(text) = after.0.get(path) else {
                fs::remove_file(&file)?;
                continue;
            };
            let mut text = restore(text, self.step);
            if path == MANIFEST {
                let lock = self.workspace.root.join("Cargo.lock");
                if lock.exists() {
                    fs::copy(lock, self.dir.join("Cargo.lock"))?;
                }
                text = folder::with_dependencies(&tree::read(&file)?, &text);
            }
            tree::write(&self.dir, &Files::from([(path.clone(), text)]))?;
        }
        Ok(changed)
    }

    /// The names of the dependencies of the step before that the learner has and the step does not.
    pub fn leftovers(&self) -> Result<String> {
        let (own, prefixes) = (self.snapshot()?, &self.series.prefixes);
        let all = [&own, &prefixes[0], &prefixes[self.series.tasks.len()]];
        let [mut own, first, last] = all.map(|snapshot| folder::names(snapshot.text(MANIFEST)));
        own.retain(|name| first.contains(name) && !last.contains(name));
        Ok(Vec::from_iter(own).join(", "))
    }

    /// Replaces the tests and examples of the task before by those of this task. Files that the learner has changed stay
    /// as they are.
    pub fn lay_tests(&self, reached: usize) -> Result<()> {
        let (old, new) = (self.series.beside(reached - 1), self.series.beside(reached));
        for (path, text) in &old {
            let file = self.dir.join(path);
            if !new.contains_key(path) && tree::read(&file).ok().as_ref() == Some(text) {
                fs::remove_file(file)?;
            }
        }
        let theirs = |path: &str| tree::read(&self.dir.join(path)).ok();
        let targets = self.series.targets(&new)?;
        let mut files = new;
        files.retain(|path, _| theirs(path).is_none_or(|text| old.get(path) == Some(&text)));
        let manifest = tree::read(&self.dir.join(MANIFEST))?;
        let missing = targets.iter().filter(|target| !manifest.contains(target.trim()));
        let missing: String = missing.map(|target| format!("\n{target}")).collect();
        if !missing.is_empty() {
            files.insert(MANIFEST.to_owned(), manifest + &missing);
        }
        tree::write(&self.dir, &files)
    }

    /// The tests and examples that the learner has changed.
    pub fn changed_tests(&self, reached: usize) -> Vec<String> {
        let mut laid = self.series.beside(reached);
        laid.retain(|path, text| tree::read(&self.dir.join(path)).ok().as_ref() != Some(text));
        laid.into_keys().collect()
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
