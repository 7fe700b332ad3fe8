//! The table of steps in the README, which states figures that can be wrong.

use std::{fmt::Write, fs};

use anyhow::Result;

use crate::layout::tally;
use kit::{report::Report, steps::Workspace, tree::Tree};
use learn::diff::FileDiff;

/// The title of the column that is checked.
const COLUMN: &str = "lines changed";

/// The table of steps as the README should print it.
pub fn table(workspace: &Workspace) -> Result<String> {
    let mut table = format!("| step | adds | {COLUMN} | chapter |\n| --- | --- | --- | --- |\n");
    for step in &workspace.steps {
        let changed = lines_changed(workspace, step.meta.number)?;
        let (name, meta) = (&step.name, &step.meta);
        writeln!(
            table,
            "| [`{name}`]({name}) | {} | {changed} | [{}]({}) |",
            meta.capability,
            meta.title,
            meta.chapter.display()
        )?;
    }
    Ok(table)
}

/// How many lines of `src/` the step of that number changes of the step before, as `+3 −1`. The first step adds all.
fn lines_changed(workspace: &Workspace, number: u8) -> Result<String> {
    let tree = Tree::read(workspace.step(number)?)?;
    let before = match number {
        0 | 1 => Tree::default(),
        _ => Tree::read(workspace.step(number - 1)?)?,
    };
    let difference = before.difference(&tree);
    let paths = difference.adds.iter().chain(&difference.changes).chain(&difference.drops);
    let (mut added, mut removed) = (0, 0);
    for path in paths.filter(|path| path.starts_with("src/")) {
        let side = |tree: &Tree| Some((path.clone(), tree.text(path).to_owned()));
        let file = FileDiff::new(path, side(&before), side(&tree));
        added += file.added;
        removed += file.removed;
    }
    Ok(format!("+{added} −{removed}"))
}

/// Checks the figures of the README's table, if it has one.
pub fn check(workspace: &Workspace, only: Option<u8>, report: &mut Report) {
    let text = fs::read_to_string(workspace.root.join("README.md")).unwrap_or_default();
    let Some(rows) = rows(&text) else {
        report.skipped.push(format!(
            "the README's figures: README.md has no table with a column `{COLUMN}`; `cargo xtask readme` prints one"
        ));
        return;
    };
    for step in &workspace.steps {
        if only.is_some_and(|number| number != step.meta.number) {
            continue;
        }
        let row = rows.iter().find(|row| row.text.contains(&step.name));
        let places = lines_changed(workspace, step.meta.number).map(|changed| match row {
            Some(row) if row.figure.replace('-', "−") == changed => vec![],
            Some(row) => vec![format!(
                "README.md:{}: the figure is `{}`, but should be `{changed}`. `cargo xtask readme` prints the table",
                row.line, row.figure
            )],
            None => vec![format!(
                "README.md: the table has no row for {}. `cargo xtask readme` prints it",
                step.name
            )],
        });
        let name = format!("the README has the right number of changed lines for {}", step.name);
        tally(report, &name, places);
    }
}

/// A row of the README's table.
#[derive(Debug)]
struct Row<'a> {
    /// Where it is, counted from 1.
    line: usize,
    /// All of it.
    text: &'a str,
    /// What it has in the column that is checked.
    figure: &'a str,
}

/// The rows of the first table that has the column; none if there is no such table.
fn rows(text: &str) -> Option<Vec<Row<'_>>> {
    let mut lines = text.lines().enumerate();
    let column = lines.by_ref().find_map(|(_, line)| {
        cells(line).iter().position(|cell| cell.eq_ignore_ascii_case(COLUMN))
    })?;
    let rows = lines.take_while(|(_, line)| line.trim_start().starts_with('|'));
    Some(
        rows.map(|(index, text)| Row {
            line: index + 1,
            text,
            figure: cells(text).get(column).copied().unwrap_or_default(),
        })
        .collect(),
    )
}

/// The cells of a row, without the blanks around them; none if the line is no row.
fn cells(line: &str) -> Vec<&str> {
    match line.trim().strip_prefix('|') {
        Some(row) => row.split('|').map(str::trim).collect(),
        None => vec![],
    }
}
