//! `cargo xtask diff A B [FILE]`: what changes from one step to another.

mod file_diff;
mod order;
pub mod pager;
mod render;
pub mod stat;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use kit::{
    manifest, neutral,
    steps::{Step, Workspace},
    tree::Tree,
};

pub use file_diff::FileDiff;
pub use order::sort;
pub use render::unified;
pub use stat::table as stat_table;

/// What `diff` shows, and how.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The step to start from, 1 to 6
    #[arg(value_name = "A")]
    from: u8,
    /// The step to arrive at, 1 to 6; an earlier one shows the way back
    #[arg(value_name = "B")]
    to: u8,
    /// Show this file only: `executor.rs` or `src/executor.rs`
    file: Option<String>,
    /// Show a table of files and line counts instead of the lines
    #[arg(long)]
    stat: bool,
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
        files = select(files, wanted)?;
    }
    if files.is_empty() {
        kit::note!("steps {} and {} do not differ", args.from, args.to);
    }
    if args.stat {
        return pager::show(&stat::table(&files));
    }
    let texts: Vec<String> = files.iter().map(unified).collect();
    pager::show(&texts.join("\n"))
}

/// The files that differ between two steps, the most important one first.
pub fn between(workspace: &Workspace, from: u8, to: u8) -> Result<Vec<FileDiff>> {
    let (from, to) = (workspace.step(from)?, workspace.step(to)?);
    let (old, new) = (read(from)?, read(to)?);
    let difference = old.difference(&new);
    let paths = difference.adds.iter().chain(&difference.changes).chain(&difference.drops);
    let mut files: Vec<FileDiff> = paths
        .map(|path| {
            let side = |step: &Step, tree: &Tree| {
                let text = tree.files.get(path)?.clone();
                Some((format!("{}/{path}", step.name), text))
            };
            FileDiff::new(path, side(from, &old), side(to, &new))
        })
        .collect();
    order::sort(&mut files, workspace);
    Ok(files)
}

/// A step's files and what its manifest says beyond the package itself.
fn read(step: &Step) -> Result<Tree> {
    let mut tree = Tree::read(step)?;
    let path = step.dir.join("Cargo.toml");
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read {}/Cargo.toml: is it there?", step.name))?;
    let text = neutral::neutralise(&text, step);
    tree.files.insert(MANIFEST.to_owned(), manifest::split(&text).rest.to_owned());
    Ok(tree)
}

/// The manifest's path in a step.
const MANIFEST: &str = "Cargo.toml";

/// Keeps the file that was asked for: by its whole path, or by its end, and then best under `src/`.
fn select(files: Vec<FileDiff>, wanted: &str) -> Result<Vec<FileDiff>> {
    let wanted = wanted.trim_start_matches("./");
    let is_wanted = |file: &FileDiff| {
        file.path == wanted
            || file.path.ends_with(&format!("/{wanted}"))
            || file.path.ends_with(&format!("/{wanted}.rs"))
    };
    let (mut found, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_wanted);
    if found.is_empty() {
        let differ: Vec<String> = others.iter().map(|file| format!("  {}", file.path)).collect();
        bail!(
            "no file `{wanted}` differs between these steps: name one of those that do\n{}",
            differ.join("\n")
        );
    }
    let best = |file: &FileDiff| file.path == wanted || file.path.starts_with("src/");
    if found.iter().any(best) {
        found.retain(best);
    }
    Ok(found)
}
