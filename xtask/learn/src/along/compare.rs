//! `cargo xtask compare N`: how what a learner typed differs from our step.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    along::mine::Mine,
    diff::{FileDiff, pager, sort, stat, unified},
    series::Snapshot,
};
use kit::{code, neutral::restore, outln, steps::Workspace};

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The step, 1 to 6; in `my/stepNN` you can leave it out
    step: Option<u8>,
    /// This file only: `src/runtime/executor.rs`, or the end of that path
    file: Option<String>,
    /// Compare with our code after this task, instead of the finished step
    #[arg(long, value_name = "K")]
    task: Option<usize>,
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
    let tasks = mine.series.tasks.len();
    if let Some(task) = args.task.filter(|task| *task > tasks) {
        bail!("there is no task {task}: the tasks are 1 to {tasks}");
    }
    let theirs = &mine.series.prefixes[args.task.unwrap_or(tasks)];
    let (yours, ours) =
        (mine.shown(), args.task.map(|task| format!("{} after task {task}", mine.step.name)));
    let ours = ours.unwrap_or_else(|| mine.step.name.clone());
    let own = mine.snapshot()?;
    let mut paths: BTreeSet<&String> = own.0.keys().chain(theirs.0.keys()).collect();
    paths.retain(|path| path.starts_with("src/"));
    if let Some(wanted) = &args.file {
        let known: Vec<String> = paths.iter().map(|path| format!("  {path}")).collect();
        paths.retain(|path| *path == wanted || path.ends_with(&format!("/{wanted}")));
        if paths.is_empty() {
            bail!("there is no file `{wanted}` in either: name one of\n{}", known.join("\n"));
        }
    }
    let (mut files, mut moved) = (Vec::new(), Vec::new());
    for path in paths {
        let text = |snapshot: &Snapshot| {
            let text = restore(snapshot.0.get(path)?, mine.step);
            Some(if args.code { only_code(&text) } else { text })
        };
        let (old, new) = (text(&own), text(theirs));
        if args.code && old != new && sorted(old.as_ref()) == sorted(new.as_ref()) {
            moved.push(path.as_str());
            continue;
        }
        let old = old.map(|text| (format!("{yours}/{path}"), text));
        let new = new.map(|text| (format!("{ours}/{path}"), text));
        let file = FileDiff::new(path, old, new);
        if file.total() > 0 || file.old.is_none() != file.new.is_none() {
            files.push(file);
        }
    }
    if !moved.is_empty() {
        outln!("These files have the same lines in another order: {}.", moved.join(", "));
    }
    if files.is_empty() && moved.is_empty() {
        let what = args.file.as_deref().unwrap_or("src");
        let but = if args.code { " apart from comments and blank lines" } else { "" };
        outln!("No difference: {yours} and {ours} have the same {what}{but}.");
    }
    if files.is_empty() {
        return Ok(());
    }
    sort(&mut files, workspace);
    if args.stat {
        return pager::show(&stat::table(&files));
    }
    kit::note!(
        "- is yours, + is ours. There is more than one way: what passes the check is right."
    );
    if !args.code {
        kit::note!("`--code` leaves out comments and blank lines.");
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

/// The code in a text, without comments and blank lines.
fn only_code(text: &str) -> String {
    let code = code::without_comments(text);
    let lines = code.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}
