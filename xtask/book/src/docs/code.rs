//! Fences that show code: `code:` quotes items, and `task:`, `start:` and `naive:` compare the versions of a series.
//! `diffstat:` counts what changes between two steps. The bugs of `bug:` are compared here, too.

use anyhow::{Context, Result, bail, ensure};
use kit::{
    bugs::Bug,
    neutral::{neutralise, restore},
    steps::Step,
    tree,
};
use learn::{
    diff::{self, stat_table},
    series::{Series, Snapshot},
};
use similar::{ChangeTag, DiffTag, TextDiff};

use crate::docs::{
    Book, Filled, link,
    page::{Directive, Fence},
    source::{Line, Source, cut, dedent, indent},
};

/// How many unchanged lines around a change are shown, unless the directive says otherwise.
const CONTEXT: usize = 2;

/// Where a line is: the path of its file in the workspace, and its number, counted from 0.
pub type Place = (String, usize);

/// A file in one version of a series, or with a bug in it.
struct Side<'a> {
    step: &'a Step,
    source: Option<Source>,
    /// For each line, the place of the same line in the finished step.
    places: Vec<Option<Place>>,
}

struct Changed {
    sign: char,
    text: String,
    place: Option<Place>,
}

/// Fills a fence that shows code.
pub fn fill(book: &Book<'_>, page: &str, directive: &Directive) -> Result<Filled> {
    match directive.kind {
        "code" => fill_code(book, page, directive),
        "diffstat" => fill_stat(book, directive),
        _ => fill_task(book, page, directive),
    }
}

fn fill_code(book: &Book<'_>, page: &str, directive: &Directive) -> Result<Filled> {
    let (path, items) = parts(&directive.subject);
    let source = book.source(path)?;
    let mut lines = match items.is_empty() {
        true => source.quote(0..source.lines.len(), false),
        false => source.quote_items(&items)?,
    };
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let range = cut(&texts, directive.text("from"), directive.text("to"))?;
    lines = lines.drain(range).collect();
    dedent(&mut lines);
    ensure!(!lines.is_empty(), "there are no lines to show");
    let mut caption = link(page, path, path);
    if !items.is_empty() {
        caption += &format!(": {}", called(&items));
    }
    let shown = lines.iter().filter_map(|line| Some((path.to_owned(), line.number?))).collect();
    let lines = lines.into_iter().map(|line| line.text).collect();
    let fence = Fence { caption, language: source.language().to_owned(), lines };
    Ok(Filled { fences: vec![fence], shown })
}

fn fill_stat(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let numbers = directive.subject.split_once(' ');
    let numbers = numbers.and_then(|(from, to)| from.parse().ok().zip(to.parse().ok()));
    let (from, to): (u8, u8) = numbers.context("write the numbers of two steps: `02 03`")?;
    let table = stat_table(&diff::between(book.workspace, from, to)?);
    let mut lines = vec![format!("$ cargo xtask diff {from} {to} --stat")];
    lines.extend(table.lines().map(str::to_owned));
    Ok(Fence { language: "console".to_owned(), lines, ..Fence::default() }.into())
}

fn fill_task(book: &Book<'_>, page: &str, directive: &Directive) -> Result<Filled> {
    let mut words = directive.subject.splitn(3, ' ');
    let mut number = || words.next()?.parse::<u8>().ok();
    let (step, task) = number()
        .zip(number())
        .context("begin with the numbers of a step and a task: `task: 03 2 src/lib.rs`")?;
    let (path, names) = parts(words.next().unwrap_or_default().trim());
    ensure!(!path.is_empty(), "name the file after the numbers: `task: 03 2 src/lib.rs`");
    let (series, task) = (book.series(step)?, usize::from(task));
    let last = series.tasks.len();
    ensure!((1..=last).contains(&task), "there is no task {task}. The tasks are 1 to {last}");
    let before = &series.prefixes[task - 1];
    let (after, patch, words) = match directive.kind {
        "start" => (series.starts[task - 1].as_ref(), "start.patch", "laid out for task"),
        "naive" => (series.naives[task - 1].as_ref(), "naive.patch", "the obvious version of task"),
        _ => (Some(&series.prefixes[task]), "patch", "task"),
    };
    let after = after.with_context(|| format!("task {task} has no {task}.{patch}"))?;
    let old = version(&series, before, path)?;
    let new = version(&series, after, path)?;
    let (lines, item) = changes(&old, &new, path, &names, directive)?;
    let place = match (names.is_empty(), item, &new.source) {
        (false, _, Some(source)) => format!(": {}", called_in(source, &names)),
        (false, ..) => format!(": {}", called(&names)),
        (true, Some(item), _) if old.source.is_some() => format!(", in `{item}`"),
        (true, ..) => String::new(),
    };
    let language = match (&new.source, lines.iter().all(|line| line.sign == '+')) {
        (Some(source), true) => source.language(),
        _ => "diff",
    };
    let file = link(page, &format!("{}/{path}", series.step.name), path);
    let caption = format!("{file}, {words} {task}{place}");
    let fence = Fence { caption, language: language.to_owned(), lines: written(&lines, language) };
    let shown = lines.into_iter().filter_map(|line| line.place).collect();
    Ok(Filled { fences: vec![fence], shown })
}

/// Lines as a fence has them. In a difference each has its sign.
fn written(lines: &[Changed], language: &str) -> Vec<String> {
    let written = |line: &Changed| match language {
        "diff" => format!("{}{}", line.sign, line.text).trim_end().to_owned(),
        _ => line.text.clone(),
    };
    lines.iter().map(written).collect()
}

/// The path and the items that a subject names.
fn parts(subject: &str) -> (&str, Vec<&str>) {
    let (path, items) = subject.split_once('#').unwrap_or((subject, ""));
    (path.trim(), names(items))
}

/// The items of a list with commas.
pub fn names(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn called(items: &[&str]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

/// Items in a caption. Methods that are all in one `impl` block are named by that block.
fn called_in(source: &Source, names: &[&str]) -> String {
    let block = |name: &&str| {
        let is_fn = source.item(name).ok()?.names.iter().any(|name| name.starts_with("fn "));
        name.rsplit_once("::").map(|(block, _)| block.to_owned()).filter(|_| is_fn)
    };
    match names.first().and_then(block) {
        Some(first) if names.iter().all(|name| block(name).as_ref() == Some(&first)) => {
            let short = names.iter().map(|name| name.rsplit("::").next().unwrap_or_default());
            format!("{} in `impl {first}`", called(&short.collect::<Vec<_>>()))
        }
        _ => called(names),
    }
}

/// A bug as lines of a difference, cut to the item that it is in.
pub fn change_of_bug(step: &Step, bug: &Bug, directive: &Directive) -> Result<Vec<String>> {
    let text = tree::read(&step.dir.join(&bug.file))?;
    let side = |text: &str| {
        Source::new(&bug.file, text).map(|it| Side { step, source: Some(it), places: vec![] })
    };
    let (old, new) = (side(&text)?, side(&text.replacen(&bug.find, &bug.replace, 1))?);
    let (mut lines, item) = changes(&old, &new, &bug.file, &[], directive)?;
    if let Some(item) = item {
        (lines, _) = changes(&old, &new, &bug.file, &[&item], directive)?;
    }
    let filled = lines.iter().filter(|line| !line.text.is_empty());
    let common = filled.map(|line| indent(&line.text)).min().unwrap_or(0);
    for line in &mut lines {
        line.text = line.text.get(common..).unwrap_or_default().to_owned();
    }
    Ok(written(&lines, "diff"))
}

/// A file in a version of a series.
fn version<'a>(series: &Series<'a>, snapshot: &Snapshot, path: &str) -> Result<Side<'a>> {
    let step = series.step;
    let Some(text) = snapshot.0.get(path) else {
        return Ok(Side { step, source: None, places: vec![] });
    };
    let full = format!("{}/{path}", step.name);
    let source = Some(Source::new(&full, &restore(text, step))?);
    let mut places = vec![None; text.lines().count()];
    if let Ok(finished) = tree::read(&step.dir.join(path)) {
        let finished = neutralise(&finished, step);
        let diff = TextDiff::from_lines(text.as_str(), finished.as_str());
        for op in diff.ops().iter().filter(|op| op.tag() == DiffTag::Equal) {
            for (line, there) in op.old_range().zip(op.new_range()) {
                places[line] = Some((full.clone(), there));
            }
        }
    }
    Ok(Side { step, source, places })
}

/// The lines of a difference. If it has several parts, a line above each names the item that the part is in. If it has
/// one part, that item is returned.
fn changes(
    old: &Side<'_>,
    new: &Side<'_>,
    path: &str,
    names: &[&str],
    directive: &Directive,
) -> Result<(Vec<Changed>, Option<String>)> {
    let docs = directive.has("docs");
    let Some(any) = new.source.as_ref().or(old.source.as_ref()) else {
        bail!("neither version has a file {path}");
    };
    let context = directive.number("context").unwrap_or(CONTEXT);
    let mut hunks = Vec::new();
    if names.is_empty() {
        let lines = (old.lines(None, docs)?, new.lines(None, docs)?);
        hunks = compare((old, lines.0), (new, lines.1), context);
        ensure!(!hunks.is_empty(), "{path} does not differ between these versions");
    }
    for name in names {
        let (mut before, mut after) = (old.lines(Some(name), docs)?, new.lines(Some(name), docs)?);
        if before.is_empty() && after.is_empty() {
            any.item(name)?;
        }
        // Both sides are dedented by the same number of columns.
        let length = before.len();
        before.append(&mut after);
        dedent(&mut before);
        after = before.split_off(length);
        let parts = compare((old, before), (new, after), context);
        ensure!(!parts.is_empty(), "`{name}` does not differ between these versions");
        hunks.extend(parts.into_iter().map(|(_, lines)| (Some((*name).to_owned()), lines)));
    }
    let several = hunks.len() > 1;
    let only = hunks[0].0.clone().filter(|_| !several);
    let mut lines = Vec::new();
    for (title, hunk) in hunks {
        if several {
            let text = title.map_or("@".to_owned(), |title| format!("@ {title} @@"));
            lines.push(Changed { sign: '@', text, place: None });
        }
        lines.extend(hunk);
    }
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let range = cut(&texts, directive.text("from"), directive.text("to"))?;
    Ok((lines.drain(range).collect(), only))
}

/// Compares lines of two versions, in which each crate's own name is no difference. Returns the parts, and the item
/// that each begins in.
fn compare(
    (old, before): (&Side<'_>, Vec<Line>),
    (new, after): (&Side<'_>, Vec<Line>),
    context: usize,
) -> Vec<(Option<String>, Vec<Changed>)> {
    let (old_texts, new_texts) = (neutral(&before, old.step), neutral(&after, new.step));
    let diff = TextDiff::from_slices(&slices(&old_texts), &slices(&new_texts));
    let hunks = diff.grouped_ops(context).into_iter().map(|ops| {
        let mut title = None;
        let mut lines = Vec::new();
        for change in ops.iter().flat_map(|op| diff.iter_changes(op)) {
            let old_line = change.old_index().map(|at| &before[at]);
            let new_line = change.new_index().map(|at| &after[at]);
            let sign = sign(change.tag());
            if sign != ' ' && title.is_none() {
                title = new_line.and_then(|line| new.item_around(line));
                title = title.or_else(|| old.item_around(old_line?));
            }
            let text = new_line.or(old_line).map_or_else(String::new, |line| line.text.clone());
            lines.push(Changed { sign, text, place: new_line.and_then(|line| new.place(line)) });
        }
        // Leave out blank lines at the edges, and brackets that close what came before.
        let counts = |line: &Changed| line.sign != ' ' || !line.text.is_empty();
        lines.truncate(lines.iter().rposition(counts).map_or(0, |last| last + 1));
        let begins = |line: &Changed| line.sign != ' ' || line.text.contains(char::is_alphanumeric);
        lines.drain(..lines.iter().position(begins).unwrap_or(0));
        (title, lines)
    });
    hunks.collect()
}

fn sign(tag: ChangeTag) -> char {
    match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Insert => '+',
        ChangeTag::Delete => '-',
    }
}

/// The texts of lines, with a neutral word for the step's own name.
pub fn neutral(lines: &[Line], step: &Step) -> Vec<String> {
    lines.iter().map(|line| neutralise(&line.text, step)).collect()
}

pub fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

impl Side<'_> {
    /// The lines of an item, or of the whole file. There are none if the version does not have it.
    fn lines(&self, item: Option<&str>, docs: bool) -> Result<Vec<Line>> {
        let Some(source) = &self.source else { return Ok(vec![]) };
        let range = match item {
            None => 0..source.lines.len(),
            Some(name) if !source.has(name) => return Ok(vec![]),
            Some(name) => source.lines_of(source.item(name)?),
        };
        Ok(source.quote(range, docs))
    }

    fn place(&self, line: &Line) -> Option<Place> {
        self.places.get(line.number?)?.clone()
    }

    fn item_around(&self, line: &Line) -> Option<String> {
        Some(self.source.as_ref()?.item_around(line.number?)?.names[0].clone())
    }
}
