//! `cargo xtask series`: checks the series of tasks that lead from each step to the next, and lays and saves them.

mod check;
mod lay;

use anyhow::{Result, ensure};
use clap::Args;
use kit::{note, report::printed, steps::Workspace};
use learn::series::Series;

pub use self::check::{Part, check};

/// Which series to check, or what else to do with one.
#[derive(Debug, Args)]
pub struct SeriesArgs {
    /// The step, 1 to 6; all steps if left out
    step: Option<u8>,
    /// Check this task only
    #[arg(long, value_name = "K", requires = "step")]
    task: Option<usize>,
    /// Write every prefix, start and naive version as a complete folder under `target/series`
    #[arg(long, requires = "step", conflicts_with = "task")]
    lay: bool,
    /// Carry what changed in the step into the folders, where `--lay` would leave it to you
    #[arg(long, requires = "lay")]
    carry: bool,
    /// Write the patches back from those folders
    #[arg(long, requires = "step", conflicts_with_all = ["task", "lay"])]
    save: bool,
}

/// Checks series, or does what else is asked for, and says whether all is well.
pub fn run(workspace: &Workspace, args: &SeriesArgs) -> Result<bool> {
    if let Some(number) = args.step {
        let series = Series::read(workspace, number)?;
        if args.lay {
            return lay::lay(&series, args.carry).map(|()| true);
        }
        if args.save {
            return lay::save(&series).map(|()| true);
        }
        let tasks = series.shown("tasks.toml");
        ensure!(series.exists(), "step {number} has no series. Write {tasks}");
        let last = series.tasks.len();
        let exists = args.task.is_none_or(|task| (1..=last).contains(&task));
        ensure!(exists, "the tasks are 1 to {last}");
    }
    let part = args.task.map_or(Part::All, Part::Task);
    printed(&check(workspace, args.step, part, &|line| note!("{line}"))?)
}
