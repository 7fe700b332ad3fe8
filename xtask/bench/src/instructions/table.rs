//! The counts, what they are held against, and the table.

use std::{collections::BTreeMap, fmt};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

/// What is measured: the last step.
pub const OURS: &str = "step06";

/// What it is held against, in the order of the columns.
pub const PEERS: [&str; 3] = ["tokio", "smol", "mio"];

/// A target: at most so many times what the best of these peers takes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// How many times.
    pub at_most: f64,
    /// The peers of whom the best counts.
    pub of: &'static [&'static str],
}

/// What one thing costs on each runtime.
#[derive(Debug)]
pub struct Row {
    /// What is done.
    pub name: String,
    /// The instructions that it takes, by runtime.
    pub counts: BTreeMap<&'static str, f64>,
    /// What is wanted of it.
    pub targets: &'static [Target],
}

impl Row {
    /// How many times a peer's instructions ours are.
    fn ratio(&self, peer: &str) -> Option<f64> {
        Some(self.counts.get(OURS)? / self.counts.get(peer)?)
    }

    /// How many times the instructions of the target's best peer ours are.
    fn ratio_to_best(&self, target: &Target) -> Option<f64> {
        target.of.iter().filter_map(|peer| self.ratio(peer)).max_by(f64::total_cmp)
    }

    /// Each target, the ratio that it is about, and whether it is met.
    fn marks(&self) -> impl Iterator<Item = (&'static Target, f64, bool)> {
        self.targets.iter().filter_map(|target| {
            let ratio = self.ratio_to_best(target)?;
            Some((target, ratio, ratio <= target.at_most))
        })
    }

    /// Whether all targets are met.
    pub fn is_met(&self) -> bool {
        self.marks().all(|(_, _, met)| met)
    }

    /// The cells of the table.
    fn cells(&self) -> Vec<String> {
        let count = |runtime| self.counts.get(runtime).map(|&count| instructions(count));
        let ratio = |peer| self.ratio(peer).map(|ratio| format!("{ratio:.2}"));
        let columns = [count(OURS)].into_iter().chain(PEERS.map(count)).chain(PEERS.map(ratio));
        let columns = columns.map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
        let targets = self.marks().map(|(target, ratio, met)| match met {
            true => format!("met ({target})"),
            false => format!("missed: {ratio:.2} ({target})"),
        });
        let targets = targets.collect::<Vec<_>>().join("\n");
        [self.name.clone()].into_iter().chain(columns).chain([targets]).collect()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "≤ {:.2} × {}", self.at_most, self.of.join(", "))
    }
}

/// A number as a person reads it, with a blank between thousands; with a decimal if it is small.
fn instructions(count: f64) -> String {
    if count < 1000.0 {
        return format!("{count:.1}");
    }
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The table of all rows.
pub fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    let mut header = vec!["instructions".to_owned(), OURS.to_owned()];
    header.extend(PEERS.map(str::to_owned));
    header.extend(PEERS.map(|peer| format!("/ {peer}")));
    header.push("target".to_owned());
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row.cells());
    }
    for column in table.column_iter_mut().skip(1).take(2 * PEERS.len() + 1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// The same for machines.
pub fn json(rows: &[Row]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Mark {
        at_most: f64,
        of: &'static [&'static str],
        ratio: f64,
        met: bool,
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        name: &'a str,
        instructions: &'a BTreeMap<&'static str, f64>,
        ratios: BTreeMap<&'static str, f64>,
        targets: Vec<Mark>,
    }
    let mut entries = Vec::new();
    for row in rows {
        let ratios = PEERS.iter().filter_map(|&peer| Some((peer, row.ratio(peer)?))).collect();
        let mark = |(target, ratio, met): (&Target, _, _)| {
            let &Target { at_most, of } = target;
            Mark { at_most, of, ratio, met }
        };
        let targets = row.marks().map(mark).collect();
        entries.push(Entry { name: &row.name, instructions: &row.counts, ratios, targets });
    }
    serde_json::to_string_pretty(&entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: &[Target] = &[Target { at_most: 0.5, of: &["tokio", "smol"] }];

    fn row(ours: f64, tokio: f64, smol: f64) -> Row {
        let counts = BTreeMap::from([(OURS, ours), ("tokio", tokio), ("smol", smol)]);
        Row { name: "a thing".to_owned(), counts, targets: HALF }
    }

    #[test]
    fn a_target_is_about_the_better_of_the_two() {
        assert!(row(50.0, 100.0, 200.0).is_met());
        assert!(!row(51.0, 100.0, 200.0).is_met());
        assert!(row(50.0, 200.0, 100.0).is_met());
        assert!(!row(51.0, 200.0, 100.0).is_met());
    }

    #[test]
    fn a_missed_target_is_told_with_the_ratio() {
        let cells = row(75.0, 100.0, 200.0).cells();
        let all = ["a thing", "75.0", "100.0", "200.0", "–", "0.75", "0.38", "–"];
        assert_eq!(cells[..8], all);
        assert_eq!(cells[8], "missed: 0.75 (≤ 0.50 × tokio, smol)");
        assert_eq!(row(10.0, 100.0, 200.0).cells()[8], "met (≤ 0.50 × tokio, smol)");
    }

    #[test]
    fn a_peer_that_was_not_counted_is_no_target() {
        let counts = BTreeMap::from([(OURS, 7.0)]);
        let row = Row { name: "a thing".to_owned(), counts, targets: HALF };
        assert!(row.is_met());
        assert_eq!(row.cells()[8], "");
    }

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0.04, 999.94, 1000.0, 2188.6, 123_456.0, 12_345_678.0].map(instructions);
        assert_eq!(texts, ["0.0", "999.9", "1 000", "2 189", "123 456", "12 345 678"]);
    }

    #[test]
    fn machines_get_counts_ratios_and_marks() {
        let json = json(&[row(75.0, 100.0, 200.0)]).expect("it can be told");
        let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(value[0]["instructions"]["step06"], 75.0);
        assert_eq!(value[0]["ratios"]["smol"], 0.375);
        assert_eq!(value[0]["targets"][0]["ratio"], 0.75);
        assert_eq!(value[0]["targets"][0]["met"], false);
    }
}
