//! Checks that a chapter shows what its step changes, if it has the comment `<!-- coverage -->`.
//!
//! A line of code that the step adds must be in a fence. A line that it removes must be in a fence, or what replaces it
//! must be. Lines of brackets do not count, and any member of an `impl` block shows the first line of the block too,
//! because captions name the block.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kit::{
    code,
    report::{Failure, Report},
    steps::{Step, Unshown},
    tree,
};
use similar::{DiffTag, TextDiff};

use crate::docs::{
    Book,
    code::{Place, Side, names, side, slices},
    source::Line,
};

/// Checks a chapter, given the lines that it shows.
pub fn check(
    book: &Book<'_>,
    page: &str,
    step: &Step,
    shown: &BTreeSet<Place>,
    report: &mut Report,
) {
    let name = format!("{page} shows what {} changes", step.name);
    match problems(book, step, shown) {
        Ok(problems) if problems.is_empty() => report.passed += 1,
        Ok(problems) => report.failures.push(Failure { name, detail: problems.join("\n") }),
        Err(error) => report.failures.push(Failure { name, detail: format!("{error:#}") }),
    }
}

/// A changed line of code.
struct Change {
    place: Place,
    /// The item it is in.
    item: String,
    is_shown: bool,
}

/// A change that the manifest excuses the chapter from showing.
struct Excuse<'a> {
    unshown: &'a Unshown,
    /// The item. Without one, the whole file is excused.
    item: Option<&'a str>,
    /// Whether the step changes it.
    is_changed: bool,
    /// Whether the chapter leaves out some of it.
    is_needed: bool,
}

fn problems(book: &Book<'_>, step: &Step, shown: &BTreeSet<Place>) -> Result<Vec<String>> {
    let before = book.workspace.steps.iter().find(|it| it.meta.number + 1 == step.meta.number);
    let mut paths = sources(step)?;
    if let Some(before) = before {
        paths.extend(sources(before)?);
    }
    let excuses = step.meta.unshown.iter().flat_map(|unshown| {
        let items = match unshown.item.as_deref().map(names) {
            Some(names) => names.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let excuse = |item| Excuse { unshown, item, is_changed: false, is_needed: false };
        items.into_iter().map(excuse)
    });
    let mut excuses: Vec<Excuse<'_>> = excuses.collect();
    let mut gaps: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut total = 0;
    for path in paths {
        let old = before.map(|before| side(book, before, &path)).transpose()?;
        let new = side(book, step, &path)?;
        for change in changes(old.as_ref(), &new, shown)? {
            total += 1;
            let mut is_excused = false;
            for excuse in excuses.iter_mut().filter(|excuse| excuse.unshown.file == path) {
                if old.iter().chain([&new]).any(|side| excuse.is_for(side, &change.place)) {
                    excuse.is_changed = true;
                    excuse.is_needed |= !change.is_shown;
                    is_excused = true;
                }
            }
            if !is_excused && !change.is_shown {
                let (file, line) = change.place;
                gaps.entry((file, change.item)).or_default().push(line + 1);
            }
        }
    }
    let mut problems: Vec<String> = excuses.iter().filter_map(|it| it.problem(step)).collect();
    if !gaps.is_empty() {
        let missing: usize = gaps.values().map(Vec::len).sum();
        problems.push(format!(
            "{missing} of {total} changed lines of code are in no fence. Show them, or list them under \
             [[package.metadata.step.unshown]] in {}/Cargo.toml:",
            step.name
        ));
        problems.extend(gaps.iter().map(|((file, item), lines)| {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            format!("{file}: {item}: line {}", lines.join(", "))
        }));
    }
    Ok(problems)
}

/// The Rust files below a step's `src/`, by their paths in the step.
fn sources(step: &Step) -> Result<BTreeSet<String>> {
    let files = tree::files_under(&step.dir.join("src"))?;
    let paths = files.iter().map(|file| tree::relative(&step.dir, file));
    Ok(paths.filter(|path| path.ends_with(".rs")).collect())
}

/// The changed lines of code in a file.
fn changes(old: Option<&Side<'_>>, new: &Side<'_>, shown: &BTreeSet<Place>) -> Result<Vec<Change>> {
    let before = old.map_or(Ok(vec![]), |old| old.lines(None, false))?;
    let after = new.lines(None, false)?;
    let old_texts = old.map_or(vec![], |old| old.neutral(&before));
    let new_texts = new.neutral(&after);
    let mut found = Vec::new();
    for op in TextDiff::from_slices(&slices(&old_texts), &slices(&new_texts)).ops() {
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let mut added = of_code(Some(new), &after[op.new_range()], shown);
        let mut removed = of_code(old, &before[op.old_range()], shown);
        for change in &mut added {
            change.is_shown |= is_head_of_shown(new, &change.place, shown);
        }
        // A removed line is shown by what replaces it. If nothing does, it is shown by the lines around the gap, as
        // long as its item still exists.
        for change in &mut removed {
            change.is_shown |= match added.is_empty() {
                false => added.iter().all(|change| change.is_shown),
                true => {
                    new.source.as_ref().is_some_and(|source| source.has(&change.item))
                        && is_gap_shown(new, &after, op.new_range().start, shown)
                }
            };
        }
        found.extend(added);
        found.extend(removed);
    }
    Ok(found)
}

/// Whether the lines before and after a gap are shown.
fn is_gap_shown(side: &Side<'_>, lines: &[Line], at: usize, shown: &BTreeSet<Place>) -> bool {
    let is_filled = |line: &&Line| !line.text.is_empty();
    let before = lines[..at].iter().rev().find(is_filled);
    let after = lines[at..].iter().find(is_filled);
    let is_shown = |line: &Line| {
        let place = side.source.as_ref().zip(line.number);
        place.is_some_and(|(source, line)| shown.contains(&(source.path.clone(), line)))
    };
    before.zip(after).is_some_and(|(before, after)| is_shown(before) && is_shown(after))
}

/// The lines that have code with a letter or a digit.
fn of_code(side: Option<&Side<'_>>, lines: &[Line], shown: &BTreeSet<Place>) -> Vec<Change> {
    let Some(source) = side.and_then(|side| side.source.as_ref()) else { return vec![] };
    let code = code::without_comments(&source.lines.join("\n"));
    let code: Vec<&str> = code.lines().collect();
    let counts = |number: &usize| {
        code.get(*number).is_some_and(|line| line.contains(|c: char| c.is_alphanumeric()))
    };
    let change = |number: usize| {
        let item = source.item_around(number);
        let item = item.map_or("outside of items", |item| &item.names[0]).to_owned();
        let place = (source.path.clone(), number);
        Change { is_shown: shown.contains(&place), place, item }
    };
    lines.iter().filter_map(|line| line.number).filter(counts).map(change).collect()
}

/// Whether a line is the head of a block, and a member of the block is shown.
fn is_head_of_shown(side: &Side<'_>, place: &Place, shown: &BTreeSet<Place>) -> bool {
    let Some(source) = &side.source else { return false };
    source.item_around(place.1).is_some_and(|item| {
        let is_block = |name: &String| name.starts_with("impl ") || name.starts_with("mod ");
        let is_shown = |line| shown.contains(&(source.path.clone(), line));
        item.names.iter().any(is_block) && item.lines.clone().any(is_shown)
    })
}

impl Excuse<'_> {
    fn is_for(&self, side: &Side<'_>, place: &Place) -> bool {
        let source = side.source.as_ref().filter(|source| source.path == place.0);
        source.is_some_and(|source| match self.item {
            None => true,
            Some(item) => {
                source.item(item).is_ok_and(|item| source.lines_of(item).contains(&place.1))
            }
        })
    }

    /// What is wrong with the excuse.
    fn problem(&self, step: &Step) -> Option<String> {
        let item = self.item.map_or(String::new(), |item| format!(" {item}"));
        let what = format!("{}/Cargo.toml: `unshown` names {}{item}", step.name, self.unshown.file);
        if !self.is_changed {
            Some(format!("{what}, which the step does not change. Remove or correct the entry"))
        } else if !self.is_needed {
            Some(format!("{what}, which the chapter shows. Remove the entry"))
        } else if self.unshown.reason.trim().is_empty() {
            Some(format!("{what} without a reason. Write one"))
        } else {
            None
        }
    }
}
