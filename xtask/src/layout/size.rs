//! Rule 4: a difference that one reads in one sitting, and files that fit a head.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use similar::{ChangeTag, TextDiff};

use crate::{code::lines_of_code, layout::pair::Pair, steps::Workspace, tree, tree::Tree};

/// How many lines of code a step may change, added and removed ones together.
const CHANGED_LINES: usize = 380;

/// How many lines a file may have.
const FILE_LINES: usize = 250;

/// How many lines of `src/` a step changes of the step before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changed {
    /// Lines that only the step has.
    pub added: usize,
    /// Lines that only the step before has.
    pub removed: usize,
    /// How many of both are code: not blank, no comment.
    pub code: usize,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} −{}", self.added, self.removed)
    }
}

/// How many lines of `src/` the step of that number changes of the step before; the first step adds them all.
pub fn lines_changed(workspace: &Workspace, number: u8) -> Result<Changed> {
    let tree = Tree::read(workspace.step(number)?)?;
    let before = match number {
        0 | 1 => Tree::default(),
        _ => Tree::read(workspace.step(number - 1)?)?,
    };
    Ok(changed(&before, &tree))
}

/// Counts the lines of `src/` that differ.
fn changed(before: &Tree, tree: &Tree) -> Changed {
    let mut changed = Changed::default();
    let difference = before.difference(tree);
    let paths = [&difference.adds, &difference.changes, &difference.drops];
    for path in paths.into_iter().flatten() {
        if !path.starts_with("src/") {
            continue;
        }
        let (old, new) = (before.text(path), tree.text(path));
        let (old_code, new_code) = (lines_of_code(old), lines_of_code(new));
        for change in TextDiff::from_lines(old, new).iter_all_changes() {
            let (count, is_code) = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Insert => (&mut changed.added, at(&new_code, change.new_index())),
                ChangeTag::Delete => (&mut changed.removed, at(&old_code, change.old_index())),
            };
            *count += 1;
            changed.code += usize::from(is_code);
        }
    }
    changed
}

/// Whether the line of that index is code.
fn at(code: &[bool], index: Option<usize>) -> bool {
    index.is_some_and(|index| code.get(index) == Some(&true))
}

/// Finds a step whose difference is too much for one sitting. The first has none: it is a beginning.
pub fn changes(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    let Changed { code, .. } = changed(before, pair.tree);
    if code <= CHANGED_LINES {
        return Ok(vec![]);
    }
    Ok(vec![format!(
        "{}/src: changes {code} lines of code of {}, more than {CHANGED_LINES}: write the earlier step so that less has \
         to change, or leave something for a later one (`cargo xtask diff {} {} --stat` shows where they are)",
        pair.step.name, step.name, step.meta.number, pair.step.meta.number
    )])
}

/// Finds the files of a step that are too long.
pub fn files(pair: &Pair<'_>) -> Result<Vec<String>> {
    too_long(&pair.workspace.root, sources(&pair.step.dir)?)
}

/// Finds the files of the crates that are no steps and that are too long.
pub fn other_crates(workspace: &Workspace) -> Result<Vec<String>> {
    too_long(&workspace.root, other_sources(workspace)?)
}

/// The Rust files of the crates that are no steps.
pub fn other_sources(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(&workspace.root)? {
        let dir = entry?.path();
        let is_step = workspace.steps.iter().any(|step| step.dir == dir);
        if !is_step && dir.join("Cargo.toml").is_file() {
            files.extend(sources(&dir)?);
        }
    }
    files.sort();
    Ok(files)
}

/// The Rust files in a folder.
fn sources(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = tree::files_under(dir)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

/// Finds the files that have too many lines.
fn too_long(root: &Path, files: Vec<PathBuf>) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file)?.lines().count();
        if lines > FILE_LINES {
            places.push(format!(
                "{}:{lines}: has {lines} lines, more than {FILE_LINES}: split it, one noun a file",
                tree::relative(root, &file)
            ));
        }
    }
    Ok(places)
}
