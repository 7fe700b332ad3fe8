//! A step and the one before it.

use kit::{
    steps::{Step, Workspace},
    tree::Tree,
};

/// A step and the one before it, with their files.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The workspace that both are in.
    pub workspace: &'a Workspace,
    /// The step.
    pub step: &'a Step,
    /// Its files.
    pub tree: &'a Tree,
    /// The step before and its files; the first step has none.
    pub before: Option<(&'a Step, &'a Tree)>,
}

/// Every step of the workspace with the one before it.
pub fn all<'a>(workspace: &'a Workspace, trees: &'a [Tree]) -> Vec<Pair<'a>> {
    let steps: Vec<(&Step, &Tree)> = workspace.steps.iter().zip(trees).collect();
    let pairs = steps.iter().enumerate().map(|(index, (step, tree))| Pair {
        workspace,
        step,
        tree,
        before: index.checked_sub(1).map(|before| steps[before]),
    });
    pairs.collect()
}

impl Pair<'_> {
    /// The step's Rust files: paths and texts.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tree.under("").filter(|(path, _)| path.ends_with(".rs"))
    }

    /// A place in the step, as `step03-waker/src/lib.rs:7`.
    pub fn place(&self, path: &str, line: usize) -> String {
        format!("{}/{path}:{line}", self.step.name)
    }
}
