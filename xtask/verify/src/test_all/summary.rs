//! What came of everything: the failures, what was skipped, a table, and the one line that counts.

use std::fmt;

use comfy_table::{Table, presets};
use console::style;

use kit::{progress::seconds, report::Report};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Tests,
    Loom,
    Game,
    Bugs,
    Faults,
    Checks,
}

/// The columns and their titles.
const COLUMNS: [(Column, &str); 6] = [
    (Column::Tests, "tests"),
    (Column::Loom, "loom"),
    (Column::Game, "game"),
    (Column::Bugs, "bugs"),
    (Column::Faults, "faults"),
    (Column::Checks, "checks"),
];

/// A cell of the table: its row, which is a step or another part, its column, its label, and what came of it.
#[derive(Debug)]
struct Entry {
    row: String,
    column: Column,
    label: String,
    report: Report,
}

/// A part and a suite in words, `step02-executor tests`; of a part that is a suite of its own, that one word.
pub fn label(row: &str, suite: &str) -> String {
    if row == suite { row.to_owned() } else { format!("{row} {suite}") }
}

/// The reports of all suites.
#[derive(Debug, Default)]
pub struct Summary {
    entries: Vec<Entry>,
}

impl Summary {
    /// Adds a report to the one that is in its cell, or as a new one.
    pub fn add(&mut self, row: &str, column: Column, suite: &str, report: Report) {
        let (row, label) = (row.to_owned(), label(row, suite));
        match self.entries.iter_mut().find(|entry| entry.label == label) {
            Some(entry) => entry.report.add(report),
            None => self.entries.push(Entry { row, column, label, report }),
        }
    }

    /// Whether nothing failed.
    pub fn all_passed(&self) -> bool {
        self.sum(|report| report.failures.len()) == 0
    }

    /// Adds a figure up over all reports.
    fn sum(&self, figure: impl Fn(&Report) -> usize) -> usize {
        self.entries.iter().map(|entry| figure(&entry.report)).sum()
    }

    /// The table: a row a part, a column a suite.
    fn table(&self) -> String {
        let used = |column| self.entries.iter().any(|entry| entry.column == column);
        let columns: Vec<_> = COLUMNS.iter().filter(|(column, _)| used(*column)).collect();
        let mut rows: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if !rows.contains(&entry.row.as_str()) {
                rows.push(&entry.row);
            }
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        let mut header = vec![""];
        header.extend(columns.iter().map(|(_, title)| *title));
        table.set_header(header);
        for row in rows {
            let mut cells = vec![row.to_owned()];
            cells.extend(columns.iter().map(|(column, _)| {
                let entry =
                    self.entries.iter().find(|entry| entry.row == row && entry.column == *column);
                entry.map_or_else(|| "–".to_owned(), |entry| cell(&entry.report))
            }));
            table.add_row(cells);
        }
        table.trim_fmt()
    }
}

/// A report in a few words: `12 (2.1 s)`, `11, 1 failed (2.1 s)`.
fn cell(report: &Report) -> String {
    let mut parts = Vec::new();
    let (failed, skipped) = (report.failures.len(), report.skipped.len());
    if report.passed > 0 || failed + skipped == 0 {
        parts.push(report.passed.to_string());
    }
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if skipped > 0 {
        parts.push(format!("{skipped} skipped"));
    }
    format!("{} ({})", parts.join(", "), seconds(report.took))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            for failure in &entry.report.failures {
                let word = style("FAILED").red().bold();
                writeln!(f, "{word} {}: {}", entry.label, failure.name)?;
                for line in failure.detail.lines() {
                    writeln!(f, "    {line}")?;
                }
                writeln!(f)?;
            }
        }
        for entry in &self.entries {
            for reason in &entry.report.skipped {
                let word = style("skipped").yellow();
                writeln!(f, "{word} {}: {reason}", entry.label)?;
            }
        }
        let skipped = self.sum(|report| report.skipped.len());
        if skipped > 0 {
            writeln!(f)?;
        }
        writeln!(f, "{}", self.table())?;
        let passed = self.sum(|report| report.passed);
        let failed = self.sum(|report| report.failures.len());
        // Scripts read this line: it is plain, and the last one.
        write!(f, "{passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(f, ", {skipped} skipped")?;
        }
        writeln!(f)
    }
}
