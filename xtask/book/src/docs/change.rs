//! `diff:` fences: what changes in a file from one step to another, and `diffstat:` fences: how much.

use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use similar::{ChangeTag, TextDiff};

use crate::docs::{
    Filled,
    book::Book,
    directive::{Directive, Options},
    excerpt,
    fence::Fence,
    items,
    source::{Line, Source, cut, dedent},
};
use kit::{manifest, neutral::neutralise, steps::Step};
use learn::diff::{self, stat_table};

/// How many lines around a change are shown, unless the directive says otherwise.
const CONTEXT: usize = 2;

/// A file in one of the two steps.
pub struct Side<'a> {
    /// The step.
    pub step: &'a Step,
    /// The file, if the step has it.
    pub source: Option<Rc<Source>>,
    /// For each line of the file where it is in a step, if the file itself is in none.
    pub places: Option<Vec<Option<(String, usize)>>>,
}

/// A line of a difference.
pub struct Changed {
    /// What became of it.
    pub sign: char,
    /// What is on it.
    pub text: String,
    /// Where it is, in one file or in both: the path, and the line counted from 0.
    pub places: Vec<(String, usize)>,
}

/// Fills a `diff:` fence.
pub fn fill(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let (old, new, rest) = steps(book, &directive.subject)?;
    let (path, names) = excerpt::parts(rest);
    ensure!(!path.is_empty(), "name the file after the two steps: `diff: 02 03 src/lib.rs`");
    let (old, new) = (side(book, old, path)?, side(book, new, path)?);
    let (lines, _) = changes(&old, &new, path, &names, &directive.options)?;
    let (from, to) = (old.step.meta.number, new.step.meta.number);
    let mut caption = format!("`{path}`, from step {from:02} to step {to:02}");
    if !names.is_empty() {
        caption = format!("{caption}: {}", excerpt::called(&names));
    }
    Ok(fence(caption, "diff", lines))
}

/// A fence with these lines. As a difference it has their signs.
pub fn fence(caption: String, language: &str, lines: Vec<Changed>) -> Filled {
    let written = |line: &Changed| match language {
        "diff" => format!("{}{}", line.sign, line.text).trim_end().to_owned(),
        _ => line.text.clone(),
    };
    Filled {
        fences: vec![Fence {
            caption,
            language: language.to_owned(),
            lines: lines.iter().map(written).collect(),
        }],
        shown: lines.into_iter().flat_map(|line| line.places).collect(),
    }
}

/// Fills a `diffstat:` fence.
pub fn fill_stat(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let (old, new, rest) = steps(book, &directive.subject)?;
    ensure!(rest.is_empty(), "`{rest}`: `diffstat:` takes two steps and nothing else");
    let (from, to) = (old.meta.number, new.meta.number);
    let table = stat_table(&diff::between(book.workspace, from, to)?);
    let mut lines = vec![format!("$ cargo xtask diff {from} {to} --stat")];
    lines.extend(table.lines().map(str::to_owned));
    Ok(Fence { language: "console".to_owned(), lines, ..Fence::default() }.into())
}

/// The two steps that a subject begins with, and the rest of it.
fn steps<'a, 'b>(book: &'a Book<'_>, subject: &'b str) -> Result<(&'a Step, &'a Step, &'b str)> {
    let mut words = subject.splitn(3, ' ');
    let mut step = || {
        let number = words.next().and_then(|word| word.parse().ok());
        book.workspace.step(number.context("begin with the numbers of two steps: `02 03`")?)
    };
    let (old, new) = (step()?, step()?);
    Ok((old, new, words.next().unwrap_or_default().trim()))
}

/// A file in a step.
fn side<'a>(book: &Book<'_>, step: &'a Step, path: &str) -> Result<Side<'a>> {
    let full = format!("{}/{path}", step.name);
    let source = match step.dir.join(path).is_file() {
        false => None,
        true if path == "Cargo.toml" => {
            let whole = book.source(&full)?.lines.join("\n");
            Some(Rc::new(Source::new(&full, manifest::split(&whole).rest)?))
        }
        true => Some(book.source(&full)?),
    };
    Ok(Side { step, source, places: None })
}

/// The lines of a difference that the options choose. If it has several parts, a line above each tells in which item it
/// is; if it has only one, that item is given.
pub fn changes(
    old: &Side<'_>,
    new: &Side<'_>,
    path: &str,
    names: &[&str],
    options: &Options,
) -> Result<(Vec<Changed>, Option<String>)> {
    ensure!(
        old.source.is_some() || new.source.is_some(),
        "neither {} nor {} has a file {path}",
        old.step.name,
        new.step.name
    );
    let mut hunks = Vec::new();
    if names.is_empty() {
        let (before, after) = (old.lines(None, options.docs)?, new.lines(None, options.docs)?);
        hunks = compare((old, before), (new, after), options);
        ensure!(!hunks.is_empty(), "{path} does not differ between these steps");
    }
    for name in names {
        let (mut before, mut after) =
            (old.lines(Some(name), options.docs)?, new.lines(Some(name), options.docs)?);
        if before.is_empty() && after.is_empty() {
            // The error of the search says which names there are.
            let side = new.source.as_ref().or(old.source.as_ref());
            side.map_or(Ok(()), |source| source.item(name).map(drop))?;
        }
        dedent_both(&mut before, &mut after);
        let mut parts = compare((old, before), (new, after), options);
        ensure!(!parts.is_empty(), "`{name}` does not differ between these steps");
        for (title, _) in &mut parts {
            *title = Some((*name).to_owned());
        }
        hunks.append(&mut parts);
    }
    let several = hunks.len() > 1;
    let only = hunks[0].0.clone().filter(|_| !several);
    let lines = hunks.into_iter().flat_map(|(title, lines)| {
        let title = title.map_or_else(|| "@@".to_owned(), |title| format!("@@ {title} @@"));
        let title = Changed { sign: '@', text: title[1..].to_owned(), places: vec![] };
        several.then_some(title).into_iter().chain(lines)
    });
    let mut lines: Vec<Changed> = lines.collect();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let range = cut(&texts, options.from.as_deref(), options.to.as_deref())?;
    Ok((lines.drain(range).collect(), only))
}

/// Parts of a difference: in which item each one begins, and its lines.
type Hunks = Vec<(Option<String>, Vec<Changed>)>;

/// Compares lines of two steps, whose own names are no difference.
fn compare(old: (&Side<'_>, Vec<Line>), new: (&Side<'_>, Vec<Line>), options: &Options) -> Hunks {
    let ((old_side, before), (new_side, after)) = (old, new);
    let (old_texts, new_texts) = (neutral(old_side.step, &before), neutral(new_side.step, &after));
    let (old_texts, new_texts) = (slices(&old_texts), slices(&new_texts));
    let diff = TextDiff::from_slices(&old_texts, &new_texts);
    let hunks = diff.grouped_ops(options.context.unwrap_or(CONTEXT)).into_iter().map(|ops| {
        let mut title = None;
        let mut lines = Vec::new();
        for change in ops.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Insert => '+',
                ChangeTag::Delete => '-',
            };
            let old_line = change.old_index().map(|at| &before[at]);
            let new_line = change.new_index().map(|at| &after[at]);
            let old_place = old_line.and_then(|line| old_side.place(line));
            let new_place = new_line.and_then(|line| new_side.place(line));
            if sign != ' ' && title.is_none() {
                title = new_line.and_then(|line| new_side.item_around(line.number?));
                let before = || old_side.item_around(old_line?.number?);
                title = title.or_else(before);
            }
            let text = new_line.or(old_line).map_or_else(String::new, |line| line.text.clone());
            lines.push(Changed {
                sign,
                text,
                places: [old_place, new_place].into_iter().flatten().collect(),
            });
        }
        // Blank lines at the edges tell nothing, nor do brackets of what came before.
        let tells = |line: &Changed| line.sign != ' ' || !line.text.is_empty();
        let last = lines.iter().rposition(tells).map_or(0, |last| last + 1);
        lines.truncate(last);
        let begins = |line: &Changed| line.sign != ' ' || line.text.contains(char::is_alphanumeric);
        lines.drain(..lines.iter().position(begins).unwrap_or(0));
        (title, lines)
    });
    hunks.collect()
}

/// The texts of lines, the step's own name neutralised.
pub fn neutral(step: &Step, lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| neutralise(&line.text, step)).collect()
}

/// The texts as the comparison wants them.
pub fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Takes away the indentation that the lines of both sides have.
fn dedent_both(before: &mut Vec<Line>, after: &mut Vec<Line>) {
    let length = before.len();
    before.append(after);
    dedent(before);
    *after = before.split_off(length);
}

impl Side<'_> {
    /// The lines of an item, or of the whole file; none if the step does not have it.
    pub fn lines(&self, item: Option<&str>, docs: bool) -> Result<Vec<Line>> {
        let Some(source) = &self.source else { return Ok(vec![]) };
        let range = match item {
            None => 0..source.lines.len(),
            Some(name) => match items::find(&source.items, name) {
                Ok(item) => source.lines_of(item),
                Err(_) if !items::has(&source.items, name) => return Ok(vec![]),
                Err(error) => bail!(error.context(format!("in {}", source.path))),
            },
        };
        Ok(source.quote(range, docs))
    }

    /// Where a line is.
    fn place(&self, line: &Line) -> Option<(String, usize)> {
        if let Some(places) = &self.places {
            return places.get(line.number?)?.clone();
        }
        Some((self.source.as_ref()?.path.clone(), line.number?))
    }

    /// The item that has a line.
    fn item_around(&self, line: usize) -> Option<String> {
        let item = items::around(&self.source.as_ref()?.items, line)?;
        Some(item.name().to_owned())
    }
}
