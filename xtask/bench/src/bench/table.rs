//! The tables for people: what was measured, and how the last step compares.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::bench::{
    plan::{Case, Row},
    results::Results,
    stats::Summary,
    targets::{self, OURS},
};

/// Everything that was measured: medians, and the smallest and largest round.
pub fn medians(results: &Results) -> String {
    let mut table = new_table();
    table.set_header([&["median (min–max)"], &results.servers[..]].concat());
    for case in &results.cases {
        for row in case.rows {
            let mut cells = vec![title(case, row)];
            cells.extend(results.servers.iter().map(|server| {
                let summary = results.summary(case.key, server, row.key);
                summary.map_or_else(|| "–".to_owned(), |summary| cell(summary, row))
            }));
            table.add_row(cells);
        }
    }
    aligned(table)
}

/// The ratios of the last step to its peers, round by round, and whether they reach the targets.
pub fn ratios(results: &Results) -> String {
    let peers: Vec<&str> = results.servers.iter().copied().filter(|name| *name != OURS).collect();
    let mut table = new_table();
    let header = peers.iter().map(|peer| format!("{OURS} ÷ {peer}"));
    table.set_header([vec!["ratio within rounds".to_owned()], header.collect()].concat());
    for case in &results.cases {
        // The first figure is what servers are compared by.
        let Some(row) = case.rows.first() else { continue };
        let mut cells = vec![title(case, row)];
        cells.extend(peers.iter().map(|peer| {
            let verdict = targets::verdict(results, case.key, row.key, peer);
            verdict.map_or_else(|| "–".to_owned(), |verdict| verdict.text())
        }));
        table.add_row(cells);
    }
    let mut text = aligned(table);
    let growth = |server| Some(targets::growth(results, server)?.text());
    if let Some(ours) = growth(OURS) {
        let _ = write!(text, "\nCPU per guess, 10,000 connections ÷ 100: {OURS} {ours}");
        for peer in &peers {
            if let Some(theirs) = growth(peer) {
                let _ = write!(text, "; {peer} {theirs}");
            }
        }
    }
    if let Some(sleeps) = targets::sleeps(results) {
        let verdict = if sleeps { "none in any round ✓" } else { "some ✗" };
        let _ = write!(text, "\nCPU of {OURS} with 10,000 idle connections: {verdict}");
    }
    text
}

/// A table without rows.
fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table
}

/// The table as text, with its numbers to the right.
fn aligned(mut table: Table) -> String {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// What a row is about.
fn title(case: &Case, row: &Row) -> String {
    format!("{}: {}", case.title, row.name)
}

/// A figure in a table: `4.92 (4.70–5.31)`, or `4.92` if there is no more than one.
fn cell(Summary { median, min, max }: Summary, row: &Row) -> String {
    let number = |value| row.unit.number(value / row.scale);
    if min == max {
        return number(median);
    }
    format!("{} ({}–{})", number(median), number(min), number(max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::tests::made_up;

    #[test]
    fn medians_stand_with_their_spread_and_what_is_missing_as_a_dash() {
        let mut results = made_up(|_, server, round| (server.len() + round) as f64);
        results.servers.push("nobody");
        let table = medians(&results);
        let line =
            table.lines().find(|line| line.contains("100 connections: CPU per guess")).unwrap();
        for words in ["[µs]", "7.00 (6.00–8.00)", "4.00 (3.00–5.00)", " – │"] {
            assert!(line.contains(words), "no {words:?} in {line}");
        }
    }

    #[test]
    fn ratios_stand_with_their_targets() {
        let ours = [1.04, 1.05, 1.06];
        let results =
            made_up(|_, server, round| if server == "step06" { ours[round] } else { 1.0 });
        let table = ratios(&results);
        for words in [
            "step06 ÷ tokio",
            "1.05 (1.04–1.06) > 0.95 ✗",
            "1.05 (1.04–1.06) ≤ 1.08 ✓",
            "10,000 connections ÷ 100: step06 1.00 ≤ 1.5 ✓; smol 1.00",
            "idle connections: some ✗",
        ] {
            assert!(table.contains(words), "no {words:?} in\n{table}");
        }
    }
}
