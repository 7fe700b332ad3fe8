//! The edits made in a step since the last commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use anyhow::{Context, Result, bail};

use kit::{
    neutral::neutralise,
    steps::{Step, Workspace},
    tree::{FOLDERS, Tree},
};

/// The manifest's path in a step.
pub const MANIFEST: &str = "Cargo.toml";

/// One edited file of a step. Its texts have the step's name neutralised.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The file's path in the step.
    pub path: String,
    /// Its text in the last commit, if it is there.
    pub base: Option<String>,
    /// Its text now, if it is still there.
    pub theirs: Option<String>,
}

/// The files of a step that differ from the last commit.
pub fn uncommitted(workspace: &Workspace, step: &Step) -> Result<Vec<Edit>> {
    let mut now = Tree::read(step)?.files;
    let manifest = fs::read_to_string(step.dir.join(MANIFEST))?;
    now.insert(MANIFEST.to_owned(), neutralise(&manifest, step));
    let base = committed(workspace, step)?;
    let paths: BTreeSet<&String> = base.keys().chain(now.keys()).collect();
    let edits = paths.into_iter().filter_map(|path| {
        let (base, theirs) = (base.get(path), now.get(path));
        (base != theirs).then(|| Edit {
            path: path.clone(),
            base: base.cloned(),
            theirs: theirs.cloned(),
        })
    });
    Ok(edits.collect())
}

/// The files of a step in the last commit.
fn committed(workspace: &Workspace, step: &Step) -> Result<BTreeMap<String, String>> {
    let prefix = format!("{}/", step.name);
    let mut arguments = vec!["ls-tree", "-r", "-z", "--name-only", "HEAD", "--"];
    let places: Vec<String> = FOLDERS
        .iter()
        .map(|folder| format!("{prefix}{folder}/"))
        .chain([format!("{prefix}{MANIFEST}")])
        .collect();
    arguments.extend(places.iter().map(String::as_str));
    let list = git(workspace, &arguments)?;
    let mut files = BTreeMap::new();
    for path in list.split_terminator('\0') {
        let Some(inner) = path.strip_prefix(&prefix) else {
            continue;
        };
        let text = git(workspace, &["show", &format!("HEAD:./{path}")])?;
        files.insert(inner.to_owned(), neutralise(&text, step));
    }
    Ok(files)
}

/// What git says to a question about the workspace.
fn git(workspace: &Workspace, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(&workspace.root)
        .args(arguments)
        .output()
        .context("cannot start git, which knows the last commit: is it installed?")?;
    if !output.status.success() {
        bail!(
            "carry compares with the last commit, and git cannot tell it: run it in a clone that has one\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout)
        .context("a committed file is not UTF-8: keep only text files in the steps")
}
