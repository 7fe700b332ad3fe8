//! Whether a chapter shows what its step changes.
//!
//! A line of code that the step adds is shown if it is in a fence. A line that it takes away is shown if it is in a
//! fence, too, or if what stands in its place is. Brackets on a line of their own say nothing, and the first line of an
//! `impl` block is shown with any of its members, since their captions name it.

mod excuse;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use anyhow::Result;
use similar::{DiffTag, TextDiff};

use self::excuse::Excuse;
use crate::docs::{
    book::Book,
    change::{Side, neutral, slices},
    items,
    source::Line,
};
use kit::{code, steps::Step, tree};

/// Lines, by the path of their file in the workspace and their number, counted from 0.
pub type Places = BTreeSet<(String, usize)>;

/// What came of looking at a chapter.
#[derive(Debug, Default)]
pub struct Coverage {
    /// How many lines of code the step changes.
    pub changed: usize,
    /// Those that the chapter neither shows nor is excused from showing, by file and item.
    pub gaps: BTreeMap<(String, String), Vec<usize>>,
    /// What is wrong with the excuses.
    pub problems: Vec<String>,
}

impl Coverage {
    /// How many lines are not shown, by file.
    pub fn by_file(&self) -> BTreeMap<&str, usize> {
        let mut files = BTreeMap::new();
        for ((file, _), lines) in &self.gaps {
            *files.entry(file.as_str()).or_default() += lines.len();
        }
        files
    }

    /// The lines that are not shown, for a person.
    pub fn list(&self) -> String {
        let gap = |((file, item), lines): (&(String, String), &Vec<usize>)| {
            format!("{file}: {item}: {}\n", runs(lines))
        };
        self.gaps.iter().map(gap).collect()
    }
}

/// Numbers of lines as a person writes them: `line 3`, `lines 3-5, 9`.
fn runs(lines: &[usize]) -> String {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some(run) if run.end == *line => run.end += 1,
            _ => runs.push(*line..line + 1),
        }
    }
    let run = |run: &Range<usize>| match run.len() {
        1 => format!("{}", run.start + 1),
        _ => format!("{}-{}", run.start + 1, run.end),
    };
    let runs: Vec<String> = runs.iter().map(run).collect();
    format!("{} {}", if lines.len() == 1 { "line" } else { "lines" }, runs.join(", "))
}

/// A changed line of code.
struct Change {
    /// Its place.
    place: (String, usize),
    /// The item it is in.
    item: String,
    /// Whether a fence shows it, or what stands in its place.
    shown: bool,
}

/// Looks at what a step changes, given what its chapter shows.
pub fn look(book: &Book<'_>, step: &Step, shown: &Places) -> Result<Coverage> {
    let before =
        book.workspace.steps.iter().find(|other| other.meta.number + 1 == step.meta.number);
    let mut paths = sources(step)?;
    if let Some(before) = before {
        paths.extend(sources(before)?);
    }
    let mut coverage = Coverage::default();
    let mut excuses: Vec<Excuse<'_>> = step.meta.unshown.iter().flat_map(Excuse::of).collect();
    for path in paths {
        let side = |step| -> Result<Side<'_>> { side(book, step, &path) };
        let (old, new) = (before.map(side).transpose()?, side(step)?);
        let changes = changes(old.as_ref(), &new, shown)?;
        coverage.changed += changes.len();
        for change in changes {
            let mut excused = false;
            for excuse in excuses.iter_mut().filter(|excuse| excuse.unshown.file == path) {
                let mut sides = old.iter().chain([&new]);
                if sides.any(|side| excuse.is_for(side, &change.place)) {
                    excuse.is_idle = false;
                    excuse.is_used |= !change.shown;
                    excused = true;
                }
            }
            if !excused && !change.shown {
                let (file, line) = change.place;
                coverage.gaps.entry((file, change.item)).or_default().push(line);
            }
        }
    }
    coverage.problems = excuses.iter().filter_map(|excuse| excuse.problem(step)).collect();
    Ok(coverage)
}

/// The Rust files in a step's `src/`, by their path in the step.
fn sources(step: &Step) -> Result<BTreeSet<String>> {
    let files = tree::files_under(&step.dir.join("src"))?;
    let paths = files.iter().map(|file| tree::relative(&step.dir, file));
    Ok(paths.filter(|path| path.ends_with(".rs")).collect())
}

/// A file in a step.
fn side<'a>(book: &Book<'_>, step: &'a Step, path: &str) -> Result<Side<'a>> {
    let exists = step.dir.join(path).is_file();
    let source = exists.then(|| book.source(&format!("{}/{path}", step.name))).transpose()?;
    Ok(Side { step, source, places: None })
}

/// The lines of code that differ, as `diff:` fences see it, and whether each is shown.
fn changes(old: Option<&Side<'_>>, new: &Side<'_>, shown: &Places) -> Result<Vec<Change>> {
    let before = old.map_or(Ok(vec![]), |old| old.lines(None, false))?;
    let after = new.lines(None, false)?;
    let old_texts = old.map_or(vec![], |old| neutral(old.step, &before));
    let new_texts = neutral(new.step, &after);
    let (old_texts, new_texts) = (slices(&old_texts), slices(&new_texts));
    let mut found = Vec::new();
    for op in TextDiff::from_slices(&old_texts, &new_texts).ops() {
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let mut added = of_code(Some(new), &after[op.new_range()]);
        let mut removed = of_code(old, &before[op.old_range()]);
        for change in added.iter_mut().chain(&mut removed) {
            change.shown = shown.contains(&change.place);
        }
        for change in &mut added {
            change.shown |= is_head_of_shown(new, &change.place, shown);
        }
        // What replaces a line tells of it. Where nothing does, the lines around the gap do, if its item is still there.
        let told = match added.is_empty() {
            false => added.iter().all(|change| change.shown),
            true => is_gap_shown(new, &after, op.new_range().start, shown),
        };
        for change in &mut removed {
            let items = new.source.as_ref().map_or(&[][..], |source| &source.items);
            change.shown |= told && (!added.is_empty() || items::has(items, &change.item));
        }
        found.extend(added);
        found.extend(removed);
    }
    Ok(found)
}

/// Whether the lines before and after a gap are shown.
fn is_gap_shown(side: &Side<'_>, lines: &[Line], at: usize, shown: &Places) -> bool {
    let is_filled = |line: &&Line| !line.text.is_empty();
    let before = lines[..at].iter().rev().find(is_filled);
    let after = lines[at..].iter().find(is_filled);
    let is_shown = |line: &Line| {
        let place = side.source.as_ref().zip(line.number);
        place.is_some_and(|(source, line)| shown.contains(&(source.path.clone(), line)))
    };
    before.zip(after).is_some_and(|(before, after)| is_shown(before) && is_shown(after))
}

/// Those of some lines that are code and say something.
fn of_code(side: Option<&Side<'_>>, lines: &[Line]) -> Vec<Change> {
    let Some(source) = side.and_then(|side| side.source.as_ref()) else { return vec![] };
    let code = code::without_comments(&source.lines.join("\n"));
    let code: Vec<&str> = code.lines().collect();
    let numbers = lines.iter().filter_map(|line| line.number);
    let says = |number: &usize| {
        code.get(*number).is_some_and(|line| line.contains(|c: char| c.is_alphanumeric()))
    };
    let change = |number: usize| {
        let item = items::around(&source.items, number);
        Change {
            place: (source.path.clone(), number),
            item: item.map_or_else(|| "outside of items".to_owned(), |item| item.name().to_owned()),
            shown: false,
        }
    };
    numbers.filter(says).map(change).collect()
}

/// Whether a line is the head of a block some of whose members are shown.
fn is_head_of_shown(side: &Side<'_>, place: &(String, usize), shown: &Places) -> bool {
    let Some(source) = &side.source else { return false };
    let block = items::around(&source.items, place.1).filter(|item| item.is_block());
    block.is_some_and(|block| {
        block.lines.clone().any(|line| shown.contains(&(source.path.clone(), line)))
    })
}
