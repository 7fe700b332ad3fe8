//! Rule 5: the game stands on the runtime. It stays as it is while the runtime under it grows, and the runtime knows
//! nothing of it.

use std::{collections::BTreeSet, sync::LazyLock};

use anyhow::Result;
use regex::Regex;
use similar::{ChangeTag, TextDiff};

use crate::layout::pair::Pair;
use kit::{steps::Step, tree::Tree};

/// Where the game is.
const GAME: &str = "src/game";

/// Where the runtime is.
const RUNTIME: &str = "src/runtime";

/// The steps that may change the game's `use` items only. The first step writes the game, and the last is about it.
const STEPS: std::ops::RangeInclusive<u8> = 2..=5;

/// A path to the game.
static ARROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"crate::(?:\{[^;]*?)?\bgame\b").expect("the pattern is fixed"));

/// The first line of a `use` item.
static USE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:pub(?:\([^)]*\))? )?use ").expect("the pattern is fixed"));

/// Finds where the runtime mentions the game.
pub fn arrows(pair: &Pair<'_>) -> Result<Vec<String>> {
    let files = pair.tree.under(RUNTIME);
    let found =
        files.flat_map(|(path, text)| ARROW.find_iter(text).map(move |at| (path, text, at)));
    let place = |(path, text, at): (&str, &str, regex::Match<'_>)| {
        let place = pair.place(path, text[..at.start()].matches('\n').count() + 1);
        format!("{place}: the runtime mentions the game. Move what both need into {RUNTIME}")
    };
    Ok(found.map(place).collect())
}

/// Finds, in each file of the game, the first line that differs, `use` items apart.
pub fn only_uses(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    if !STEPS.contains(&pair.step.meta.number) {
        return Ok(vec![]);
    }
    let files = before.under(GAME).chain(pair.tree.under(GAME));
    let files: BTreeSet<&str> = files.map(|(path, _)| path).collect();
    Ok(files.into_iter().filter_map(|file| first_change(pair, step, before, file)).collect())
}

/// The first line of one file that differs, if one does.
fn first_change(pair: &Pair<'_>, step: &Step, before: &Tree, file: &str) -> Option<String> {
    let (old, new) = (without_uses(before.text(file)), without_uses(pair.tree.text(file)));
    let (old_lines, new_lines) = (texts(&old), texts(&new));
    let diff = TextDiff::from_slices(&old_lines, &new_lines);
    let change = diff.iter_all_changes().find(|change| change.tag() != ChangeTag::Equal)?;
    let number = |lines: &[(usize, &str)], index: Option<usize>| {
        index.and_then(|index| lines.get(index)).map(|line| line.0)
    };
    let (name, line) = match number(&new, change.new_index()) {
        Some(line) => (&pair.step.name, line),
        None => (&step.name, number(&old, change.old_index()).unwrap_or_default()),
    };
    Some(format!(
        "{name}/{file}:{line}: `{}` is only in {name}. Up to step {} only the `use` items of the game may change: \
         make the two files equal (`cargo xtask carry {}` takes an edit forward)",
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
        in_use = in_use || USE.is_match(line);
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
