//! What is remembered of a learner's way, in `my/.progress.toml`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::along::mine::Mine;
use kit::steps::Workspace;

/// What is remembered of one step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Way {
    /// The fingerprint of the folder when the task began.
    pub start: String,
    /// The fingerprint of what passed the whole check last; empty if nothing has.
    pub done: String,
    /// The task that is being worked on, counted from 1.
    pub task: usize,
    /// What failed at the last check: tests, as `waker::the_name`, or another part, as `game`.
    pub failed: Vec<String>,
    /// What the compiler's errors were about at the last check: names of files and items.
    pub words: Vec<String>,
    /// The hints that were shown, by their place in the file, in the order in which they were.
    pub hints: Vec<usize>,
}

/// What is remembered of all steps.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    ways: BTreeMap<String, Way>,
}

impl State {
    /// Reads what is remembered: nothing, if nothing was started yet.
    pub fn load(workspace: &Workspace) -> Result<Self> {
        let path = workspace.root.join("my/.progress.toml");
        let text = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
        let ways = toml::from_str(&text).context(
            "my/.progress.toml cannot be read. Remove it: only the current tasks and the hints shown are forgotten",
        )?;
        Ok(State { path, ways })
    }

    pub fn of(&self, mine: &Mine<'_>) -> Way {
        let mut way = self.ways.get(&mine.name()).cloned().unwrap_or_default();
        way.task = way.task.clamp(1, mine.series.tasks.len());
        way
    }

    pub fn set(&mut self, mine: &Mine<'_>, way: &Way) -> Result<()> {
        self.ways.insert(mine.name(), way.clone());
        // Written beside and renamed, so that an interrupt leaves the old state or the new one.
        let new = self.path.with_extension("toml.new");
        fs::write(&new, toml::to_string(&self.ways)?)
            .and_then(|()| fs::rename(&new, &self.path))
            .context("cannot write my/.progress.toml")
    }
}
