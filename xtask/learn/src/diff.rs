//! `cargo xtask diff A B [FILE]`: what changes from one step to another.

pub mod show;

use std::{cmp::Reverse, collections::BTreeSet};

use anyhow::{Result, bail};
use clap::Args;
use similar::{ChangeTag, TextDiff};

use crate::series::{folder::Files, snapshot::MANIFEST};
use kit::{
    manifest, neutral,
    steps::{Step, Workspace},
    tree::{self, FOLDERS, Tree},
};

pub use show::{item_above, table as stat_table};

/// What `diff` shows, and how.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The step to start from, 1 to 6
    #[arg(value_name = "A", value_parser = crate::number)]
    from: u8,
    /// The step to arrive at, 1 to 6; an earlier one shows the way back
    #[arg(value_name = "B", value_parser = crate::number)]
    to: u8,
    /// Show this file only: `executor.rs` or `src/runtime/executor.rs`
    file: Option<String>,
    /// Show a table of files and line counts instead of the lines
    #[arg(long)]
    stat: bool,
}

/// How one file differs between two versions.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// The file's path in a step: `src/game.rs`.
    pub path: String,
    /// Its path in the workspace and its text in the earlier version, if it is there.
    pub old: Option<(String, String)>,
    /// Its path in the workspace and its text in the later version, if it is there.
    pub new: Option<(String, String)>,
    /// How many lines only the later version has.
    pub added: usize,
    /// How many lines only the earlier version has.
    pub removed: usize,
}

impl FileDiff {
    /// Compares two texts of a file.
    pub fn new(path: &str, old: Option<(String, String)>, new: Option<(String, String)>) -> Self {
        let mut file = FileDiff { path: path.to_owned(), old, new, added: 0, removed: 0 };
        let tags: Vec<_> = file.lines().iter_all_changes().map(|change| change.tag()).collect();
        let count = |wanted| tags.iter().filter(|tag| **tag == wanted).count();
        (file.added, file.removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
        file
    }

    /// The difference line by line.
    fn lines(&self) -> TextDiff<'_, '_, str> {
        let [old, new] =
            [&self.old, &self.new].map(|side| side.as_ref().map_or("", |(_, text)| text));
        TextDiff::from_lines(old, new)
    }
}

/// Shows what changes from one step to another.
pub fn run(workspace: &Workspace, args: &DiffArgs) -> Result<()> {
    if args.from == args.to {
        let (one, two) = if args.to > 1 { (args.to - 1, args.to) } else { (1, 2) };
        bail!(
            "step {} does not differ from itself: name two steps, as in `cargo xtask diff {one} {two}`",
            args.to
        );
    }
    let mut files = between(workspace, args.from, args.to)?;
    if let Some(wanted) = &args.file {
        select(&mut files, wanted)?;
    }
    show::show(&files, args.stat)
}

/// The files that differ between two steps, the most important one first.
pub fn between(workspace: &Workspace, from: u8, to: u8) -> Result<Vec<FileDiff>> {
    let (from, to) = (workspace.step(from)?, workspace.step(to)?);
    Ok(compare(workspace, &from.name, &read(from)?, &to.name, &read(to)?))
}

/// A step's files and what its manifest says beyond the package itself.
fn read(step: &Step) -> Result<Files> {
    let mut files = Tree::read(step)?.files;
    let text = neutral::neutralise(&tree::read(&step.dir.join(MANIFEST))?, step);
    files.insert(MANIFEST.to_owned(), manifest::split(&text).rest.to_owned());
    Ok(files)
}

/// The files that differ between two folders, in the order for a reader: `src/` before tests before examples before the
/// manifest. In each of them, new files come first, in the order in which the manifests list them, and then those that
/// change, the most changed first.
pub fn compare(
    workspace: &Workspace,
    from: &str,
    old: &Files,
    to: &str,
    new: &Files,
) -> Vec<FileDiff> {
    let side = |folder: &str, files: &Files, path: &String| {
        Some((format!("{folder}/{path}"), files.get(path)?.clone()))
    };
    let mut paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    paths.retain(|path| old.get(*path) != new.get(*path));
    let files = paths.into_iter();
    let files = files.map(|path| FileDiff::new(path, side(from, old, path), side(to, new, path)));
    let mut files: Vec<FileDiff> = files.collect();
    let adds: Vec<&String> = workspace.steps.iter().flat_map(|step| &step.meta.adds).collect();
    files.sort_by_cached_key(|file| {
        let folder = FOLDERS.iter().position(|folder| file.path.split('/').next() == Some(folder));
        let listed = adds.iter().position(|path| **path == file.path);
        let is_new = file.old.is_none();
        (
            folder.unwrap_or(FOLDERS.len()),
            !is_new,
            listed.filter(|_| is_new).unwrap_or(usize::MAX),
            Reverse(file.added + file.removed),
            file.path.clone(),
        )
    });
    files
}

/// Keeps the file with that path, or else those whose paths end with it, best under `src/`.
pub fn select(files: &mut Vec<FileDiff>, wanted: &str) -> Result<()> {
    let wanted = wanted.trim_start_matches("./");
    let ends = [format!("/{wanted}"), format!("/{wanted}.rs")];
    let is_wanted = |path: &str| path == wanted || ends.iter().any(|end| path.ends_with(end));
    if !files.iter().any(|file| is_wanted(&file.path)) {
        let names: String = files.iter().map(|file| format!("\n  {}", file.path)).collect();
        bail!("no file `{wanted}` differs: name one of those that do{names}");
    }
    files.retain(|file| is_wanted(&file.path));
    let is_best = |file: &FileDiff| file.path == wanted || file.path.starts_with("src/");
    if files.iter().any(is_best) {
        files.retain(is_best);
    }
    Ok(())
}
