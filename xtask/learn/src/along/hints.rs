//! `cargo xtask hint N`: one hint at a time.
//!
//! They are in `xtask/hints/stepNN.toml`, in the order in which the chapter comes to them.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;
use console::style;
use serde::Deserialize;

use crate::{
    along::{
        mine::Mine,
        sections::GAME,
        state::{State, Way},
        tell,
    },
    series::Series,
};
use kit::{
    outln,
    steps::{Step, Workspace},
};

/// Which hint to give.
#[derive(Debug, Args)]
pub struct HintArgs {
    /// The step, 1 to 6; in `my/stepNN` you can leave it out
    #[arg(value_parser = crate::number)]
    step: Option<u8>,
    /// Show all of them
    #[arg(long)]
    all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hint {
    /// When it helps most: at a task (`task 2`), or after a test (`waker::its_name`), a test module (`waker`) or the
    /// `game` has failed.
    when: String,
    text: String,
}

/// Gives the next hint, or those that were asked for.
pub fn hint(workspace: &Workspace, args: &HintArgs) -> Result<()> {
    let mine = Mine::existing(workspace, args.step)?;
    let number = mine.number();
    let hints = hints_of(workspace, mine.step)?;
    if args.all {
        (0..hints.len()).for_each(|index| show(index, &hints));
        return Ok(());
    }
    let mut state = State::load(workspace)?;
    let mut way = state.of(&mine);
    let Some(next) = next(&hints, &way, &mine.series) else {
        outln!(
            "Those were all {} hints for step {number}. Read {}, or compare with our code: \
             `cargo xtask compare {number} --task {}`.",
            hints.len(),
            tell::reading(&mine, way.task),
            way.task
        );
        return Ok(());
    };
    show(next, &hints);
    way.hints.push(next);
    state.set(&mine, &way)
}

/// Prints a hint.
fn show(index: usize, hints: &[Hint]) {
    let Hint { when, text } = &hints[index];
    let title = format!("Hint {} of {}, about {when}", index + 1, hints.len());
    outln!("{}\n{}\n", style(title).bold(), text.trim());
}

/// The hint to show next: of those that were not shown yet, the first about what failed, or else about the current
/// task. If the code did not compile, one that names the file or an item of the errors comes first. Hints about tasks that
/// are done come after those about tests of the step before, and those about later tasks last.
fn next(hints: &[Hint], way: &Way, series: &Series<'_>) -> Option<usize> {
    let names = |text: &str| way.words.iter().any(|word| text.contains(&format!("`{word}")));
    let has_failed = |is_about: &dyn Fn(&String) -> bool| {
        way.words.is_empty() && way.failed.iter().any(is_about)
    };
    let left = (0..hints.len()).filter(|index| !way.hints.contains(index));
    left.min_by_key(|&index| {
        let Hint { when, text } = &hints[index];
        let task = when.strip_prefix("task ").and_then(|task| task.parse().ok());
        match task.unwrap_or_else(|| series.task_of(when)) {
            _ if has_failed(&|failed| failed == when) => 0,
            task if task == way.task && names(text) => 0,
            _ if way.words.contains(when) => 1,
            _ if has_failed(&|failed| failed.starts_with(&format!("{when}::"))) => 1,
            task if task == way.task => 2,
            0 => 3,
            task if task < way.task => 4,
            _ => 5,
        }
    })
}

/// What is wrong with the hints of a step that has a series: each is about something that is there.
pub fn problems(series: &Series<'_>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for Hint { when, .. } in hints_of(series.workspace, series.step)? {
        let task = when.strip_prefix("task ").map(|task| task.parse().unwrap_or(0));
        let is_known = match task {
            Some(task) => (1..=series.tasks.len()).contains(&task),
            None => when == GAME || series.has_test(&when),
        };
        if !is_known {
            problems.push(format!("{when:?} is neither a task nor a test nor a test module"));
        }
    }
    Ok(problems)
}

/// The hints of a step: none, if there is no file of them.
fn hints_of(workspace: &Workspace, step: &Step) -> Result<Vec<Hint>> {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Hints {
        hint: Vec<Hint>,
    }
    let path = format!("xtask/hints/step{:02}.toml", step.meta.number);
    let text = fs::read_to_string(workspace.root.join(&path)).unwrap_or_default();
    let hints: Hints = toml::from_str(&text).with_context(|| format!("in {path}"))?;
    Ok(hints.hint)
}
