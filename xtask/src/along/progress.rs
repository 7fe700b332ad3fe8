//! `cargo xtask progress`: how far a learner is.

use std::fs;

use anyhow::Result;
use comfy_table::{Table, presets};

use crate::{
    along::{
        mine::Mine,
        state::{State, Way},
    },
    layout,
    out::outln,
    steps::{Step, Workspace},
    tree,
};

/// Prints a row for each step, and what comes next.
pub fn progress(workspace: &Workspace) -> Result<()> {
    let state = State::load(workspace)?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["step", "how far", "tests", "hints"]);
    let (mut open, mut next) = (None, None);
    for step in &workspace.steps {
        let mine = Mine::new(workspace, step.meta.number)?;
        let way = state.of(&mine);
        let (far, command) = far(&mine, &way)?;
        let all = tests(step)?;
        let tests = match mine.dir.is_dir() {
            // Doc tests are the learner's own, and counted by nobody.
            true => format!("{} of {all}", way.passed.min(all)),
            false => format!("{all}"),
        };
        let hints = if way.hints.is_empty() { String::new() } else { way.hints.len().to_string() };
        table.add_row([step.name.clone(), far, tests, hints]);
        let command = command.map(|command| format!("cargo xtask {command} {}", mine.number()));
        match mine.dir.is_dir() {
            // What was begun is to be ended; after the last that was, the next is to be begun.
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

/// How far a step is, and the command that comes next, if anything is left to do.
fn far(mine: &Mine<'_>, way: &Way) -> Result<(String, Option<&'static str>)> {
    if !mine.dir.is_dir() {
        return Ok(("not started".to_owned(), Some("start")));
    }
    let now = mine.fingerprint()?;
    Ok(match () {
        () if !way.done.is_empty() && way.done == now => ("done".to_owned(), None),
        () if !way.done.is_empty() => ("done, and changed since".to_owned(), Some("check")),
        () if way.start == now => ("started, nothing written yet".to_owned(), Some("check")),
        () if way.stopped.is_empty() => ("started, not checked yet".to_owned(), Some("check")),
        () => (format!("started, stops at {}", way.stopped), Some("check")),
    })
}

/// How many tests a step has, but for its models.
fn tests(step: &Step) -> Result<usize> {
    let mut count = 0;
    for file in tree::files_under(&step.dir.join("tests"))? {
        if file.file_name().is_none_or(|name| name != "loom.rs") {
            count += layout::names_of_tests(&fs::read_to_string(&file)?).len();
        }
    }
    Ok(count)
}
