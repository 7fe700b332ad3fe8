//! Rule 4: files that a reader can keep in mind, and lines that fit a page of the book.

use anyhow::Result;

use crate::layout::pair::Pair;
use kit::neutral::restore;

/// How many lines a file of a step may have.
const LINES: usize = 250;

/// How many columns a line of a step may have: what the site shows without a scroll bar.
const COLUMNS: usize = 90;

/// Finds the files of a step that are too long.
pub fn long_files(pair: &Pair<'_>) -> Result<Vec<String>> {
    let files = pair.sources().map(|(path, text)| (path, text.lines().count()));
    let long = files.filter(|&(_, lines)| lines > LINES);
    Ok(long
        .map(|(path, lines)| {
            let place = pair.place(path, lines);
            format!("{place}: the file has {lines} lines, and {LINES} are allowed. Split it")
        })
        .collect())
}

/// Finds the lines of a step that are too wide.
pub fn wide_lines(pair: &Pair<'_>) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for (path, text) in pair.sources() {
        // The neutral name has a length of its own.
        for (index, line) in restore(text, pair.step).lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS {
                places.push(format!(
                    "{}: the line has {columns} columns, and {COLUMNS} are allowed. Break it",
                    pair.place(path, index + 1)
                ));
            }
        }
    }
    Ok(places)
}
