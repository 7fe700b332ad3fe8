//! `cargo xtask compare N`: how what a learner typed differs from our step.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{
    along::mine::Mine,
    code,
    diff::{FileDiff, pager, sort, stat, unified},
    out::outln,
    steps::Workspace,
    tree,
};

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The step, 1 to 6
    step: u8,
    /// This file only: `executor.rs` or `src/executor.rs`
    file: Option<String>,
    /// Leave out comments and blank lines
    #[arg(long)]
    code: bool,
    /// Show a table of files and line counts instead of the lines
    #[arg(long)]
    stat: bool,
}

/// Shows what would turn the learner's `src/` into the step's.
pub fn compare(workspace: &Workspace, args: &CompareArgs) -> Result<()> {
    let mine = Mine::existing(workspace, args.step)?;
    let (yours, ours) = (mine.shown(), &mine.step.name);
    let mut paths = BTreeSet::new();
    for dir in [&mine.dir, &mine.step.dir] {
        let files = tree::files_under(&dir.join("src"))?;
        paths.extend(files.iter().map(|file| tree::relative(dir, file)));
    }
    if let Some(wanted) = &args.file {
        let known: Vec<String> = paths.iter().map(|path| format!("  {path}")).collect();
        paths.retain(|path| path == wanted || path.strip_prefix("src/") == Some(wanted));
        if paths.is_empty() {
            bail!("there is no file `{wanted}` in either: name one of\n{}", known.join("\n"));
        }
    }
    let (mut files, mut moved) = (Vec::new(), Vec::new());
    for path in paths {
        let old = text(&mine.dir, &path, args.code)?;
        let new = text(&mine.step.dir, &path, args.code)?;
        if args.code && old != new && sorted(old.as_ref()) == sorted(new.as_ref()) {
            moved.push(path);
            continue;
        }
        let old = old.map(|text| (format!("{yours}/{path}"), text));
        let new = new.map(|text| (format!("{ours}/{path}"), text));
        let file = FileDiff::new(&path, old, new);
        if file.total() > 0 || file.old.is_none() != file.new.is_none() {
            files.push(file);
        }
    }
    if !moved.is_empty() {
        outln!("The same lines in another order, which is not shown: {}.", moved.join(", "));
    }
    if files.is_empty() && moved.is_empty() {
        let what = args.file.as_deref().unwrap_or("src");
        let but = if args.code { ", but for comments and blank lines" } else { "" };
        outln!("No difference: {yours} and {ours} have the same {what}{but}.");
    }
    if files.is_empty() {
        return Ok(());
    }
    sort(&mut files, workspace);
    if args.stat {
        return pager::show(&stat::table(&files));
    }
    eprintln!("- is yours, + is ours. There is more than one way: what passes the check is right.");
    if !args.code {
        eprintln!("Without comments and blank lines: cargo xtask compare {} --code", args.step);
    }
    let texts: Vec<String> = files.iter().map(unified).collect();
    pager::show(&texts.join("\n"))
}

/// The lines of a file, whatever their order: a chapter comes to the items of a file in an order of its own.
fn sorted(text: Option<&String>) -> Option<Vec<&str>> {
    let mut lines: Vec<&str> = text?.lines().collect();
    lines.sort_unstable();
    Some(lines)
}

/// The text of a file, if it is there, or the code in it.
fn text(dir: &Path, path: &str, only_code: bool) -> Result<Option<String>> {
    let file = dir.join(path);
    if !file.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
    if !only_code {
        return Ok(Some(text));
    }
    let code = code::without_comments(&text);
    let lines = code.lines().map(str::trim_end).filter(|line| !line.is_empty());
    Ok(Some(lines.map(|line| format!("{line}\n")).collect()))
}
