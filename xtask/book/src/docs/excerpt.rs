//! `code:` fences: items of a source, exactly as they are.

use anyhow::{Result, ensure};

use crate::docs::{
    Filled,
    book::Book,
    directive::Directive,
    fence::Fence,
    source::{Line, cut, dedent},
};

/// Fills a `code:` fence.
pub fn fill(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let (path, items) = parts(&directive.subject);
    let options = &directive.options;
    let source = book.source(path)?;
    let lines = match items.is_empty() {
        true => source.quote(0..source.lines.len(), options.docs),
        false => source.quote_items(&items, options.docs)?,
    };
    let mut lines = piece(lines, options.from.as_deref(), options.to.as_deref())?;
    dedent(&mut lines);
    ensure!(!lines.is_empty(), "nothing is left to show of it: name something else");
    let caption = match items.is_empty() {
        true => format!("`{path}`"),
        false => format!("`{path}`: {}", called(&items)),
    };
    let shown = lines.iter().filter_map(|line| Some((path.to_owned(), line.number?)));
    Ok(Filled {
        shown: shown.collect(),
        fences: vec![Fence {
            caption,
            language: source.language().to_owned(),
            lines: lines.into_iter().map(|line| line.text).collect(),
        }],
    })
}

/// The path and the items that a subject names.
pub fn parts(subject: &str) -> (&str, Vec<&str>) {
    let (path, items) = subject.split_once('#').unwrap_or((subject, ""));
    (path.trim(), names(items))
}

/// The names in a list with commas. One between angle brackets is part of a name.
pub fn names(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let names = list.split(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// What a caption calls the items.
pub fn called(items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    items.join(", ")
}

/// The lines from one text to another.
pub fn piece(mut lines: Vec<Line>, from: Option<&str>, to: Option<&str>) -> Result<Vec<Line>> {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let range = cut(&texts, from, to)?;
    Ok(lines.drain(range).collect())
}
