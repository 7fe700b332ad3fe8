//! Checks that a chapter shows what its step changes, if it has the comment `<!-- coverage -->`.
//!
//! Each line of code that the step adds must be in a fence. Lines of brackets do not count, and any member of an `impl`
//! block shows the first line of the block too, because captions name the block.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kit::{
    code,
    report::{Failure, Report},
    steps::{Step, Unshown},
    tree,
};
use similar::{ChangeTag, TextDiff};

use crate::docs::{
    Book,
    code::{Place, Side, names, side, slices},
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

struct Change {
    place: Place,
    item: String,
    is_shown: bool,
}

/// A change that the manifest excuses the chapter from showing.
struct Excuse<'a> {
    unshown: &'a Unshown,
    /// The item. Without one, the whole file is excused.
    item: Option<&'a str>,
    /// Whether the step adds lines to it.
    is_changed: bool,
    /// Whether the chapter leaves out some of it.
    is_needed: bool,
}

fn problems(book: &Book<'_>, step: &Step, shown: &BTreeSet<Place>) -> Result<Vec<String>> {
    let before = book.workspace.steps.iter().find(|it| it.meta.number + 1 == step.meta.number);
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
    for file in tree::files_under(&step.dir.join("src"))? {
        let path = tree::relative(&step.dir, &file);
        let old = before.map(|before| side(book, before, &path)).transpose()?;
        let new = side(book, step, &path)?;
        for change in added(old.as_ref(), &new, shown)? {
            total += 1;
            let mut is_excused = false;
            for excuse in excuses.iter_mut().filter(|excuse| excuse.unshown.file == path) {
                if excuse.is_for(&new, &change.place) {
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
            "{missing} of {total} new lines of code are in no fence. Show them, or list them under \
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

/// The added lines of code in a file that have a letter or a digit.
fn added(old: Option<&Side<'_>>, new: &Side<'_>, shown: &BTreeSet<Place>) -> Result<Vec<Change>> {
    let Some(source) = &new.source else { return Ok(vec![]) };
    let before = match old {
        Some(old) => old.neutral(&old.lines(None, false)?),
        None => vec![],
    };
    let lines = new.lines(None, false)?;
    let after = new.neutral(&lines);
    let code = code::without_comments(&source.lines.join("\n"));
    let code: Vec<&str> = code.lines().collect();
    let diff = TextDiff::from_slices(&slices(&before), &slices(&after));
    let added = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
    let numbers = added.filter_map(|change| lines[change.new_index()?].number);
    let counts = |number: &usize| code[*number].contains(|c: char| c.is_alphanumeric());
    let change = |number: usize| {
        let item = source.item_around(number);
        let item = item.map_or("outside of items", |item| &item.names[0]).to_owned();
        let place = (source.path.clone(), number);
        let is_shown = shown.contains(&place) || is_head_of_shown(new, &place, shown);
        Change { place, item, is_shown }
    };
    Ok(numbers.filter(counts).map(change).collect())
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
            Some(format!("{what}, to which the step adds nothing. Remove or correct the entry"))
        } else if !self.is_needed {
            Some(format!("{what}, which the chapter shows. Remove the entry"))
        } else if self.unshown.reason.trim().is_empty() {
            Some(format!("{what} without a reason. Write one"))
        } else {
            None
        }
    }
}
