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
    code::{Place, names, neutral, slices},
    source::Source,
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
    line: usize,
    item: String,
    is_shown: bool,
}

/// A change that the manifest excuses the chapter from showing.
struct Excuse<'a> {
    unshown: &'a Unshown,
    /// The item. Without one, the whole file is excused.
    item: Option<&'a str>,
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
        items.into_iter().map(|item| Excuse { unshown, item, is_needed: false })
    });
    let mut excuses: Vec<Excuse<'_>> = excuses.collect();
    let mut gaps: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut total = 0;
    for file in tree::files_under(&step.dir.join("src"))? {
        let path = tree::relative(&step.dir, &file);
        let source = book.source(&format!("{}/{path}", step.name))?;
        let old = match before {
            Some(before) if before.dir.join(&path).is_file() => {
                let source = book.source(&format!("{}/{path}", before.name))?;
                neutral(&source.quote(0..source.lines.len(), false), before)
            }
            _ => vec![],
        };
        let changes = added(&old, &source, step, shown);
        total += changes.len();
        for change in changes.into_iter().filter(|change| !change.is_shown) {
            let excuse = excuses
                .iter_mut()
                .find(|excuse| excuse.unshown.file == path && excuse.is_for(&source, change.line));
            match excuse {
                Some(excuse) => excuse.is_needed = true,
                None => {
                    let gap = (source.path.clone(), change.item);
                    gaps.entry(gap).or_default().push(change.line + 1);
                }
            }
        }
    }
    let unneeded = excuses.iter().filter(|excuse| !excuse.is_needed).map(|excuse| {
        let item = excuse.item.map_or(String::new(), |item| format!(" {item}"));
        format!(
            "{}/Cargo.toml: `unshown` names {}{item}, but the chapter shows all that the step adds to it. Remove or \
             correct the entry",
            step.name, excuse.unshown.file
        )
    });
    let mut problems: Vec<String> = unneeded.collect();
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
fn added(old: &[String], source: &Source, step: &Step, shown: &BTreeSet<Place>) -> Vec<Change> {
    let lines = source.quote(0..source.lines.len(), false);
    let new = neutral(&lines, step);
    let code = code::without_comments(&source.lines.join("\n"));
    let code: Vec<&str> = code.lines().collect();
    let diff = TextDiff::from_slices(&slices(old), &slices(&new));
    let added = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
    let numbers = added.filter_map(|change| lines[change.new_index()?].number);
    let counts = |line: &usize| code[*line].contains(|c: char| c.is_alphanumeric());
    let change = |line: usize| {
        let item = source.item_around(line);
        let item = item.map_or("outside of items", |item| &item.names[0]).to_owned();
        let place = (source.path.clone(), line);
        let is_shown = shown.contains(&place) || is_head_of_shown(source, line, shown);
        Change { line, item, is_shown }
    };
    numbers.filter(counts).map(change).collect()
}

/// Whether a line is the head of a block, and a member of the block is shown.
fn is_head_of_shown(source: &Source, line: usize, shown: &BTreeSet<Place>) -> bool {
    source.item_around(line).is_some_and(|item| {
        let is_block = |name: &String| name.starts_with("impl ") || name.starts_with("mod ");
        let is_shown = |line| shown.contains(&(source.path.clone(), line));
        item.names.iter().any(is_block) && item.lines.clone().any(is_shown)
    })
}

impl Excuse<'_> {
    fn is_for(&self, source: &Source, line: usize) -> bool {
        self.item.is_none_or(|item| {
            source.item(item).is_ok_and(|item| source.lines_of(item).contains(&line))
        })
    }
}
