//! What came of everything: the failures, what was skipped, a table, and the one line that counts.

use std::fmt;

use comfy_table::{Table, presets};
use console::style;

use kit::{progress::seconds, report::Report};

/// The columns of the table.
const COLUMNS: [&str; 5] = ["tests", "loom", "game", "faults", "checks"];

/// A cell of the table: its row, which is a step or another part, its column, its label, and what came of it.
#[derive(Debug)]
struct Entry {
    row: String,
    column: &'static str,
    label: String,
    report: Report,
}

/// The reports of all suites.
#[derive(Debug, Default)]
pub struct Summary {
    entries: Vec<Entry>,
}

impl Summary {
    /// Adds a report to the one that has this label, or as a new one.
    pub fn add(&mut self, row: &str, column: &'static str, label: String, report: Report) {
        match self.entries.iter_mut().find(|entry| entry.label == label) {
            Some(entry) => entry.report.add(report),
            None => self.entries.push(Entry { row: row.to_owned(), column, label, report }),
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

    /// The table: a row for each part, a column for each kind of suite.
    fn table(&self) -> String {
        let is_used = |column| self.entries.iter().any(|entry| entry.column == column);
        let columns: Vec<&str> = COLUMNS.into_iter().filter(|column| is_used(*column)).collect();
        let mut rows: Vec<&str> = self.entries.iter().map(|entry| entry.row.as_str()).collect();
        rows.dedup();
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header([""].iter().chain(&columns));
        for row in rows {
            let cells = columns.iter().map(|column| {
                let mut entries = self.entries.iter();
                let entry = entries.find(|entry| entry.row == row && entry.column == *column);
                entry.map_or_else(|| "–".to_owned(), |entry| cell(&entry.report))
            });
            table.add_row([row.to_owned()].into_iter().chain(cells));
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
