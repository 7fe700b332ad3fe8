//! Known bugs of the steps, each with the test that catches it.
//!
//! The bugs are in `xtask/bugs/stepNN.toml`: a text of the step, what replaces it, the test that must fail then, and
//! words that the test must print.

mod scratch;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

pub use self::scratch::{Run, Scratch};
use crate::steps::{Step, Workspace};

/// One known bug.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// What is wrong, as a clause.
    pub name: String,
    /// The file, relative to the step.
    pub file: String,
    /// A text that occurs in it exactly once.
    pub find: String,
    /// What replaces it.
    pub replace: String,
    /// The test that must fail: `file::name`. Those of `loom` are models.
    pub test: String,
    /// What the test must print.
    pub says: String,
    /// Whether the test runs the step's program. Otherwise the program is not built.
    #[serde(default)]
    pub program: bool,
}

/// Returns why a bug does not count as caught, if it does not.
pub fn verdict(bug: &Bug, ran: &Run) -> Result<(), String> {
    if !ran.built {
        return Err("the step compiles with the bug in it. Change the bug's text".to_owned());
    }
    if ran.passed {
        return Err("the test fails. It does not notice the bug".to_owned());
    }
    // The test may print the same words because the program cannot be started.
    if !bug.program && ran.output.contains("NotFound") {
        return Err("a test without the program. Add `program = true` to the bug".to_owned());
    }
    if !ran.output.contains(&bug.says) {
        return Err(format!("the test fails and prints {:?}", bug.says));
    }
    Ok(())
}

/// The known bugs of a step, in the order of the chapter.
pub fn bugs_of(workspace: &Workspace, step: &Step) -> Result<Vec<Bug>> {
    #[derive(Deserialize)]
    struct Bugs {
        bug: Vec<Bug>,
    }
    let shown = PathBuf::from(format!("xtask/bugs/step{:02}.toml", step.meta.number));
    let text = fs::read_to_string(workspace.root.join(&shown)).unwrap_or_default();
    if text.is_empty() {
        return Ok(vec![]);
    }
    let Bugs { bug: bugs } =
        toml::from_str(&text).with_context(|| format!("in {}", shown.display()))?;
    for Bug { name, file, find, .. } in &bugs {
        let text = fs::read_to_string(step.dir.join(file))
            .with_context(|| format!("{}: {name}: no file {file}", step.name))?;
        let found = text.matches(find).count();
        ensure!(
            found == 1,
            "{}: {name}: its text occurs {found} times in {file}. Change `find` in {}",
            step.name,
            shown.display()
        );
    }
    Ok(bugs)
}
