//! `cargo xtask compare N`: how what a learner typed differs from our step.

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    along::mine::Mine,
    diff::{self, show},
    series::{Snapshot, folder::Files},
};
use kit::{code::only_code, neutral::restore, note, outln, steps::Workspace};

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The step, 1 to 6; in `my/stepNN` you can leave it out
    #[arg(value_parser = crate::number)]
    step: Option<u8>,
    /// Show this file only: `executor.rs` or `src/runtime/executor.rs`
    file: Option<String>,
    /// Compare with our code after this task, instead of the finished step
    #[arg(long, value_name = "K")]
    task: Option<usize>,
    /// Leave out comments and blank lines
    #[arg(long)]
    code: bool,
}

/// Shows what would turn the learner's `src/` into the step's.
pub fn compare(workspace: &Workspace, args: &CompareArgs) -> Result<()> {
    let mine = Mine::existing(workspace, args.step)?;
    let tasks = mine.series.tasks.len();
    if let Some(task) = args.task.filter(|task| *task > tasks) {
        bail!("there is no task {task}: the tasks are 1 to {tasks}");
    }
    let (own, theirs) = (mine.snapshot()?, &mine.series.prefixes[args.task.unwrap_or(tasks)]);
    let after = args.task.map_or(String::new(), |task| format!(" after task {task}"));
    let (yours, ours) = (mine.shown(), format!("{}{after}", mine.step.name));
    let sources = |snapshot: &Snapshot| -> Files {
        let files = snapshot.0.iter().filter(|(path, _)| path.starts_with("src/"));
        let files = files.map(|(path, text)| {
            let text = restore(text, mine.step);
            let text = if path == "src/lib.rs" { mine.retitled(&text) } else { text };
            (path.clone(), if args.code { only_code(&text) } else { text })
        });
        files.collect()
    };
    let mut files = diff::compare(workspace, &yours, &sources(&own), &ours, &sources(theirs));
    if files.is_empty() {
        let but = if args.code { " apart from comments and blank lines" } else { "" };
        outln!("No difference: {yours} and {ours} have the same src{but}.");
        return Ok(());
    }
    if let Some(wanted) = &args.file {
        diff::select(&mut files, wanted)?;
    }
    note!(
        "- is yours, + is ours. There is more than one way: any code that passes the check is right."
    );
    if !args.code {
        note!("`--code` leaves out comments and blank lines.");
    }
    show::show(&files, false)
}
