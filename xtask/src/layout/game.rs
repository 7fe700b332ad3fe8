//! Rule 5: the game says the same in every step.

use anyhow::Result;
use similar::{ChangeTag, TextDiff};

use crate::{layout::pair::Pair, steps::Step, tree::Tree};

/// The files that hold the game, as far as a step has them.
const FILES: [&str; 3] = ["src/game.rs", "src/connection.rs", "src/lines.rs"];

/// The steps that may change no more than the game's `use` items. The first writes it, the last is about it.
const STEPS: std::ops::RangeInclusive<u8> = 2..=5;

/// Finds the first line of the game that differs, `use` items apart.
pub fn only_uses(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    if !STEPS.contains(&pair.step.meta.number) {
        return Ok(vec![]);
    }
    let there = |file: &&&str| before.files.contains_key(**file) || **file == FILES[0];
    let violations =
        FILES.iter().filter(there).filter_map(|file| first_change(pair, step, before, file));
    Ok(violations.collect())
}

/// The first line of one file that differs, if one does.
fn first_change(pair: &Pair<'_>, step: &Step, before: &Tree, file: &str) -> Option<String> {
    let Some(game) = pair.tree.files.get(file) else {
        return Some(format!("{}/{file} is missing: copy it from {}", pair.step.name, step.name));
    };
    let old = without_uses(before.text(file));
    let new = without_uses(game);
    let (old_lines, new_lines) = (texts(&old), texts(&new));
    let diff = TextDiff::from_slices(&old_lines, &new_lines);
    let first = diff.iter_all_changes().find(|change| change.tag() != ChangeTag::Equal);
    let change = first?;
    let number = |lines: &[(usize, &str)], index: Option<usize>| {
        index.and_then(|index| lines.get(index)).map(|line| line.0)
    };
    let (name, line) = match number(&new, change.new_index()) {
        Some(line) => (&pair.step.name, line),
        None => (&step.name, number(&old, change.old_index()).unwrap_or_default()),
    };
    Some(format!(
        "{name}/{file}:{line}: `{}` is only in {name}: up to step {} the game may change in its `use` items only, \
         make the two files the same (`cargo xtask carry {}` takes an edit forward)",
        change.value().trim(),
        STEPS.end(),
        step.meta.number,
    ))
}

/// The lines that are not blank and not part of a `use` item at the file's top level, with their numbers.
fn without_uses(text: &str) -> Vec<(usize, &str)> {
    let mut in_use = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        in_use = in_use || line.starts_with("use ") || line.starts_with("pub use ");
        if !in_use && !line.trim().is_empty() {
            lines.push((index + 1, line));
        }
        if in_use && line.trim_end().ends_with(';') {
            in_use = false;
        }
    }
    lines
}

/// The lines without their numbers.
fn texts<'a>(lines: &[(usize, &'a str)]) -> Vec<&'a str> {
    lines.iter().map(|(_, line)| *line).collect()
}
