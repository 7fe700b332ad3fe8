//! `task:` fences: what a task changes in a file; `start:` and `naive:` fences: what is laid out for a task, and what its
//! obvious version changes.

use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use similar::{DiffTag, TextDiff};

use crate::docs::{
    Filled,
    book::Book,
    change::{Changed, Side, changes, fence},
    directive::{Directive, Kind},
    excerpt, items,
    source::Source,
};
use kit::{
    neutral::{neutralise, restore},
    steps::Step,
};
use learn::series::{Series, Snapshot};

/// Fills a `task:`, `start:` or `naive:` fence.
pub fn fill(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let mut words = directive.subject.splitn(3, ' ');
    let mut number = || words.next()?.parse::<u8>().ok();
    let (step, task) = number()
        .zip(number())
        .context("begin with the numbers of a step and a task: `task: 03 2 src/lib.rs`")?;
    let (path, names) = excerpt::parts(words.next().unwrap_or_default().trim());
    ensure!(!path.is_empty(), "name the file after the numbers: `task: 03 2 src/lib.rs`");
    let (series, task) = (book.series(step)?, usize::from(task));
    let last = series.tasks.len();
    ensure!((1..=last).contains(&task), "there is no task {task}: the tasks are 1 to {last}");
    let before = &series.prefixes[task - 1];
    let (after, patch, words) = match directive.kind {
        Kind::Start => (series.starts[task - 1].as_ref(), "start.patch", "laid out for task"),
        Kind::Naive => {
            (series.naives[task - 1].as_ref(), "naive.patch", "the obvious version of task")
        }
        _ => (Some(&series.prefixes[task]), "patch", "task"),
    };
    let after = after.with_context(|| format!("task {task} has no {task}.{patch}"))?;
    let old = side(&series, before, path, series.before)?;
    let new = side(&series, after, path, Some(series.step))?;
    let (lines, item) = changes(&old, &new, path, &names, &directive.options)?;
    let is_new = lines.iter().all(|line: &Changed| line.sign == '+');
    let place = match (names.is_empty(), item, &new.source) {
        (false, _, Some(source)) => format!(": {}", called(source, &names)),
        (false, ..) => format!(": {}", excerpt::called(&names)),
        (true, Some(item), _) if old.source.is_some() => format!(", in `{item}`"),
        (true, ..) => String::new(),
    };
    let language = match (&new.source, is_new) {
        (Some(source), true) => source.language(),
        _ => "diff",
    };
    Ok(fence(format!("`{path}`, {words} {task}{place}"), language, lines))
}

/// A file of a prefix. Its lines are known by their places in `target`, where they are still there.
fn side<'a>(
    series: &Series<'a>,
    snapshot: &Snapshot,
    path: &str,
    target: Option<&'a Step>,
) -> Result<Side<'a>> {
    let step = series.step;
    let Some(text) = snapshot.0.get(path) else {
        return Ok(Side { step, source: None, places: None });
    };
    let full = format!("{}/{path}", step.name);
    let source = Some(Rc::new(Source::new(&full, &restore(text, step))?));
    let mut places = vec![None; text.lines().count()];
    let theirs = target.and_then(|target| {
        let text = std::fs::read_to_string(target.dir.join(path)).ok()?;
        Some((format!("{}/{path}", target.name), neutralise(&text, target)))
    });
    if let Some((path, theirs)) = theirs {
        let diff = TextDiff::from_lines(text.as_str(), theirs.as_str());
        for op in diff.ops().iter().filter(|op| op.tag() == DiffTag::Equal) {
            for (line, their) in op.old_range().zip(op.new_range()) {
                places[line] = Some((path.clone(), their));
            }
        }
    }
    Ok(Side { step, source, places: Some(places) })
}

/// What a caption calls items: those of one `impl` block go into that block.
fn called(source: &Source, names: &[&str]) -> String {
    let block = names.first().and_then(|name| block(source, name));
    if block.is_none() || !names.iter().all(|name| self::block(source, name) == block) {
        return excerpt::called(names);
    }
    let short = names.iter().map(|name| name.rsplit("::").next().unwrap_or_default());
    let short: Vec<&str> = short.collect();
    format!("{} in `impl {}`", excerpt::called(&short), block.unwrap_or_default())
}

/// The block that a method is in, as its name says it.
fn block<'a>(source: &Source, name: &'a str) -> Option<&'a str> {
    let item = items::find(&source.items, name).ok()?;
    let is_fn = item.names.iter().any(|name| name.starts_with("fn "));
    name.rsplit_once("::").map(|(block, _)| block).filter(|_| is_fn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_says_into_which_block_methods_go() {
        let text = "struct A;\nimpl A {\n    fn b() {}\n    fn c() {}\n}\nimpl Drop for A {\n    fn drop(&mut self) {}\n}\n\
                    enum E {\n    V,\n}\n";
        let source = Source::new("a.rs", text).unwrap();
        assert_eq!(called(&source, &["A::b", "A::c"]), "`b`, `c` in `impl A`");
        assert_eq!(called(&source, &["Drop for A::drop"]), "`drop` in `impl Drop for A`");
        assert_eq!(called(&source, &["A", "A::b"]), "`A`, `A::b`");
        assert_eq!(called(&source, &["E::V"]), "`E::V`");
    }
}
