//! The series of a step: its tasks as patches that lead from the step before to the step.
//!
//! `xtask/series/stepNN/tasks.toml` lists the tasks. For task K, `K.patch` turns prefix K-1 into prefix K; prefix 0 is
//! the step before, changed by `0.patch` if there is one. `K.start.patch` and `K.naive.patch` apply to prefix K-1: what a
//! learner's folder gets when task K begins, and the obvious version that fails. Patches cover `src/` and the tables of
//! dependencies; the crate's name in them is neutral.

pub mod folder;
pub mod merge;
pub mod snapshot;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

pub use self::snapshot::Snapshot;
use kit::{
    binaries::ALL,
    steps::{Step, Workspace},
    tree::{self, Tree},
};

/// A task of a step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What is built, as a heading says it.
    pub title: String,
    /// The test modules that join `tests/all.rs` at this task. A module that no task lists is in from the start.
    #[serde(default)]
    pub tests: Vec<String>,
    /// The test that is red before and green after.
    pub test: String,
    /// The examples that compile from this task on.
    #[serde(default)]
    pub examples: Vec<String>,
    /// How long it takes a reader.
    #[serde(default)]
    pub minutes: u32,
    /// The obvious version, which fails.
    pub naive: Option<Naive>,
}

/// How the obvious version of a task fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naive {
    /// Words that the failing test prints.
    pub says: String,
    /// The test that fails; that of the task if left out.
    pub test: Option<String>,
}

/// `tasks.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tasks {
    task: Vec<Task>,
}

/// A step, task by task.
#[derive(Debug)]
pub struct Series<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The step that the series leads to.
    pub step: &'a Step,
    /// The step before; the first step has none.
    pub before: Option<&'a Step>,
    /// The tasks, in order. A step without `tasks.toml` is one task.
    pub tasks: Vec<Task>,
    /// Prefix 0, prefix 1 and so on.
    pub prefixes: Vec<Snapshot>,
    /// What a learner's folder gets when a task begins, applied to the prefix before it.
    pub starts: Vec<Option<Snapshot>>,
    /// The obvious versions, applied to the prefix before the task.
    pub naives: Vec<Option<Snapshot>>,
    /// Hunks that did not apply: the patch, and the hunk as text.
    pub rejected: Vec<(String, String)>,
    /// The files of the step.
    pub tree: Tree,
    /// The files of the step before.
    pub tree_before: Tree,
}

impl<'a> Series<'a> {
    /// Reads the series of a step, and fails if a patch does not apply.
    pub fn load(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let series = Series::read(workspace, number)?;
        if let Some((patch, hunk)) = series.rejected.first() {
            bail!(
                "{patch} does not apply to the prefix before it: {}\
                 write the folders with `cargo xtask series {number} --lay`, edit them, and save them with \
                 `cargo xtask series {number} --save`",
                hunk
            );
        }
        Ok(series)
    }

    /// Reads the series of a step. Hunks that do not apply are left out.
    pub fn read(workspace: &'a Workspace, number: u8) -> Result<Self> {
        let step = workspace.step(number)?;
        let before = workspace.steps.iter().find(|before| before.meta.number + 1 == number);
        let mut series = Series {
            workspace,
            step,
            before,
            tasks: vec![],
            prefixes: vec![],
            starts: vec![],
            naives: vec![],
            rejected: vec![],
            tree: Tree::read(step)?,
            tree_before: before.map_or(Ok(Tree::default()), Tree::read)?,
        };
        series.tasks = match series.exists() {
            true => {
                let tasks = series.read_tasks();
                tasks.with_context(|| format!("in {}", series.shown("tasks.toml")))?
            }
            false => vec![Task { title: step.meta.title.clone(), ..Task::default() }],
        };
        let base = before.map_or(Ok(Snapshot::default()), |it| Snapshot::read(&it.dir, it))?;
        let first = series.apply(&base, "0.patch")?.unwrap_or(base);
        series.prefixes.push(first);
        for number in 1..=series.tasks.len() {
            let before = series.prefixes[number - 1].clone();
            let after = series.apply(&before, &format!("{number}.patch"))?;
            let after = match after {
                Some(after) => after,
                // A series that is being written: the last task ends at the step, the others do nothing yet.
                None if number == series.tasks.len() => Snapshot::read(&step.dir, step)?,
                None => {
                    let patch = series.shown(&format!("{number}.patch"));
                    series.rejected.push((patch, "there is no such file yet\n".to_owned()));
                    before.clone()
                }
            };
            series.prefixes.push(after);
            let start = series.apply(&before, &format!("{number}.start.patch"))?;
            series.starts.push(start);
            let naive = series.apply(&before, &format!("{number}.naive.patch"))?;
            series.naives.push(naive);
        }
        Ok(series)
    }

    /// Reads `tasks.toml`, and checks what it names.
    fn read_tasks(&self) -> Result<Vec<Task>> {
        let Tasks { task: tasks } = toml::from_str(&tree::read(&self.path("tasks.toml"))?)?;
        ensure!(!tasks.is_empty(), "there is no [[task]]");
        let mut seen = std::collections::BTreeSet::new();
        for (index, task) in tasks.iter().enumerate() {
            let number = index + 1;
            for (folder, names) in [("tests", &task.tests), ("examples", &task.examples)] {
                for name in names {
                    ensure!(seen.insert((folder, name)), "{folder}/{name} is listed by two tasks");
                    let mut paths = self.tree.files.keys();
                    ensure!(
                        paths.any(|path| folder::part(path) == (folder, name)),
                        "task {number} lists {folder}/{name}.rs, which {} does not have",
                        self.step.name
                    );
                }
            }
            ensure!(task.test.contains("::"), "task {number}: write `test` as `module::name`");
        }
        Ok(tasks)
    }

    /// Applies a patch of the series, if there is such a file.
    fn apply(&mut self, to: &Snapshot, name: &str) -> Result<Option<Snapshot>> {
        let file = self.path(name);
        if !file.is_file() {
            return Ok(None);
        }
        let shown = self.shown(name);
        let (applied, rejected) =
            to.apply(&tree::read(&file)?).with_context(|| format!("in {shown}"))?;
        self.rejected.extend(rejected.into_iter().map(|hunk| (shown.clone(), hunk)));
        Ok(Some(applied))
    }

    /// Whether the step has tasks of its own, and is not one task for want of them.
    pub fn exists(&self) -> bool {
        self.path("tasks.toml").is_file()
    }

    /// A file of the series.
    pub fn path(&self, name: &str) -> PathBuf {
        self.workspace.root.join(self.shown(name))
    }

    /// The path of such a file as a person reads it.
    pub fn shown(&self, name: &str) -> String {
        format!("xtask/series/step{:02}/{name}", self.step.meta.number)
    }

    /// Where the complete folders of the series are.
    pub fn laid(&self) -> Result<PathBuf> {
        let target = kit::cargo::target(&self.workspace.root)?;
        Ok(target.join(format!("series/step{:02}", self.step.meta.number)))
    }

    /// The binary that has a test.
    pub fn binary_of(&self, test: &str) -> String {
        let module = test.split("::").next().unwrap_or_default();
        let list = self.tree.text(folder::LIST);
        let is_listed = list.lines().any(|line| line.trim() == format!("mod {module};"));
        if is_listed { ALL.to_owned() } else { module.to_owned() }
    }

    /// Whether the step has a test or test module of that name: `waker::its_name`, `waker`.
    pub fn has_test(&self, name: &str) -> bool {
        let (module, test) = name.split_once("::").unwrap_or((name, ""));
        let test = test.rsplit("::").next().unwrap_or_default();
        let mut files =
            self.tree.under("tests/").filter(|(path, _)| folder::part(path).1 == module);
        files.any(|(_, text)| test.is_empty() || text.contains(&format!("fn {test}(")))
    }

    /// The number of the task that a test belongs to; 0 for a test that is in from the start.
    pub fn task_of(&self, test: &str) -> usize {
        let module = test.split("::").next().unwrap_or_default();
        let lists = |task: &Task| task.tests.iter().any(|listed| listed == module);
        self.tasks.iter().position(lists).map_or(0, |index| index + 1)
    }
}
