//! Sources, as fences quote them: without their documentation, and no further indented than they must be.

use std::ops::Range;

use anyhow::{Context, Result, bail};

use crate::docs::items::{self, Item};
use kit::code;

/// A file that fences quote.
#[derive(Debug)]
pub struct Source {
    /// Its path in the workspace.
    pub path: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// For each line whether it is documentation.
    documentation: Vec<bool>,
    /// Its items, if it is Rust.
    pub items: Vec<Item>,
}

/// A line that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which line of its file it is, counted from 0. None of a line that stands for no other.
    pub number: Option<usize>,
    /// What is on it.
    pub text: String,
}

impl Source {
    /// Reads the items of a text.
    pub fn new(path: &str, text: &str) -> Result<Self> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let is_rust = path.ends_with(".rs");
        let (documentation, items) = match is_rust {
            true => (
                code::lines_of_documentation(text),
                items::parse(text)
                    .with_context(|| format!("{path} is not Rust: does it build?"))?,
            ),
            false => (vec![false; lines.len()], vec![]),
        };
        Ok(Source { path: path.to_owned(), lines, documentation, items })
    }

    /// The language of a fence that quotes it.
    pub fn language(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "rs")) => "rust",
            Some((_, "toml")) => "toml",
            Some((_, "sh")) => "sh",
            _ => "text",
        }
    }

    /// The item of that name.
    pub fn item(&self, name: &str) -> Result<&Item> {
        items::find(&self.items, name).with_context(|| format!("in {}", self.path))
    }

    /// Some of its lines, without documentation unless that is wanted too.
    pub fn quote(&self, range: Range<usize>, docs: bool) -> Vec<Line> {
        let shown = range.filter(|&number| docs || !self.documentation[number]);
        let line = |number: usize| Line {
            number: Some(number),
            text: self.lines[number].trim_end().to_owned(),
        };
        let mut lines: Vec<Line> = shown.map(line).collect();
        // Where documentation was, two blank lines may meet.
        lines.dedup_by(|next, last| next.text.is_empty() && last.text.is_empty());
        let first = lines.iter().position(|line| !line.text.is_empty()).unwrap_or(lines.len());
        lines.drain(..first);
        while lines.last().is_some_and(|line| line.text.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// The lines of an item, and the comments right above it.
    pub fn lines_of(&self, item: &Item) -> Range<usize> {
        let is_comment = |line: usize| {
            self.lines[line].trim_start().starts_with("//") && !self.documentation[line]
        };
        let mut start = item.lines.start;
        while start > 0 && is_comment(start - 1) {
            start -= 1;
        }
        start..item.lines.end
    }

    /// Several items one after the other, with a blank line between those that do not follow each other.
    pub fn quote_items(&self, names: &[&str], docs: bool) -> Result<Vec<Line>> {
        let mut lines: Vec<Line> = Vec::new();
        for name in names {
            let range = self.lines_of(self.item(name)?);
            let mut quoted = self.quote(range, docs);
            dedent(&mut quoted);
            if let (Some(last), Some(next)) = (lines.last(), quoted.first()) {
                let between = last.number.map(|number| number + 1).zip(next.number);
                let follows = between.is_some_and(|(from, to)| {
                    from <= to && (from..to).all(|line| self.documentation[line])
                });
                if !follows {
                    lines.push(Line { number: None, text: String::new() });
                }
            }
            lines.append(&mut quoted);
        }
        Ok(lines)
    }
}

/// Takes away the indentation that all lines have.
pub fn dedent(lines: &mut [Line]) {
    let filled = lines.iter().filter(|line| !line.text.is_empty());
    let common = filled.map(|line| indent(&line.text)).min().unwrap_or(0);
    for line in lines {
        line.text = line.text.get(common..).unwrap_or_default().to_owned();
    }
}

/// How far a line is indented.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines from one that has a text on it to another one and all that it opens.
///
/// Without `to` it is the first line and what that one opens; without `from` it is all to the last line.
pub fn cut(lines: &[&str], from: Option<&str>, to: Option<&str>) -> Result<Range<usize>> {
    let first = from.map_or(Ok(0), |text| only(lines, "from", text))?;
    let last = match (from, to) {
        (None, None) => return Ok(0..lines.len()),
        (_, Some(text)) => only(lines, "to", text)?,
        (Some(_), None) => first,
    };
    if last < first {
        bail!("what `to` names comes before what `from` names: exchange them");
    }
    Ok(first..end_of(lines, last))
}

/// The one line that has a text on it. One that has nothing else on it comes first.
fn only(lines: &[&str], option: &str, text: &str) -> Result<usize> {
    let all = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|&at| is(lines[at])).collect()
    };
    if let [line] = all(&|line| line.trim() == text.trim())[..] {
        return Ok(line);
    }
    match all(&|line| line.contains(text))[..] {
        [line] => Ok(line),
        [] => bail!("`{option} {text:?}` is on no line of it: copy a piece of one line"),
        [first, second, ..] => bail!(
            "`{option} {text:?}` is on several lines of it, as in {:?} and {:?}: copy more of one line",
            lines[first].trim(),
            lines[second].trim()
        ),
    }
}

/// Where the statement that begins on a line ends, by the indentation that rustfmt gave it.
fn end_of(lines: &[&str], first: usize) -> usize {
    let depth = indent(lines[first]);
    let mut end = first + 1;
    if lines[first].trim_start().starts_with("//") {
        return end;
    }
    for (at, line) in lines.iter().enumerate().skip(first + 1) {
        if line.trim().is_empty() {
            continue;
        }
        let text = line.trim_start();
        let closes = text.starts_with(['}', ')', ']']);
        let goes_on = !lines[end - 1].ends_with([';', '}'])
            && (text == "{" || text.starts_with("where") || text.starts_with("else"));
        if indent(line) < depth || (indent(line) == depth && !closes && !goes_on) {
            break;
        }
        end = at + 1;
    }
    end
}

#[cfg(test)]
mod tests;
