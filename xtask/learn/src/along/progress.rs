//! `cargo xtask progress`: how far a learner is.

use anyhow::Result;
use comfy_table::{Table, presets};

use crate::along::{
    mine::Mine,
    state::{State, Way},
};
use kit::{outln, steps::Workspace};

/// Prints a row for each step, and what comes next.
pub fn progress(workspace: &Workspace) -> Result<()> {
    let state = State::load(workspace)?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["step", "tasks", "how far", "hints"]);
    let (mut open, mut next) = (None, None);
    for step in &workspace.steps {
        let mine = Mine::new(workspace, step.meta.number)?;
        let way = state.of(&mine);
        let (done, far, command) = far(&mine, &way)?;
        let tasks = format!("{done} of {}", mine.series.tasks.len());
        let hints = if way.hints.is_empty() { String::new() } else { way.hints.len().to_string() };
        table.add_row([step.name.clone(), tasks, far, hints]);
        let command = command.map(|command| format!("cargo xtask {command} {}", mine.number()));
        match mine.dir.is_dir() {
            // First finish what was begun. Otherwise begin the step after the last one that was begun.
            true => (open, next) = (open.or(command), None),
            false => next = next.or(command),
        }
    }
    outln!("{}\n", table.trim_fmt());
    match open.or(next) {
        Some(command) => outln!("next: {command}"),
        None => outln!("All steps are done. `cargo xtask ladder` shows what you have built."),
    }
    Ok(())
}

/// How many tasks of a step are done, how far it is in words, and the command that comes next if anything is left.
fn far(mine: &Mine<'_>, way: &Way) -> Result<(usize, String, Option<&'static str>)> {
    if !mine.dir.is_dir() {
        return Ok((0, "not started".to_owned(), Some("start")));
    }
    let (now, all) = (mine.fingerprint(&["src"])?, mine.series.tasks.len());
    let title = &mine.series.tasks[way.task - 1].title;
    Ok(match () {
        () if !way.done.is_empty() && way.done == now => (all, "done".to_owned(), None),
        () if !way.done.is_empty() => (all, "done, and changed since".to_owned(), Some("check")),
        () => (way.task - 1, format!("at task {}, \"{title}\"", way.task), Some("check")),
    })
}
