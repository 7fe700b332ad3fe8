//! The table of all servers: medians, ratios and targets.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Table, Width,
    presets::UTF8_HORIZONTAL_ONLY,
};
use serde_json::{Value, json};

use crate::figures::{Figure, Unit};

/// The server that has targets, and that the others are compared with.
pub const OURS: &str = "step06";

/// A target: our figure is at most this many times the figure of that server, or at most this number if the server is
/// ours.
pub type Target = (&'static str, f64);

/// One figure of all servers.
#[derive(Debug)]
pub struct Row {
    /// What was done: `pingpong-100`.
    pub case: String,
    /// The same for people.
    pub title: String,
    pub key: &'static str,
    pub unit: Unit,
    /// The targets; `None` if only the JSON has the row.
    pub targets: Option<&'static [Target]>,
    /// The values of each server, round by round, in the order of [`Results::servers`].
    values: Vec<Vec<Option<f64>>>,
}

/// The figures of all servers.
#[derive(Debug)]
pub struct Results {
    servers: Vec<&'static str>,
    pub rows: Vec<Row>,
}

impl Results {
    /// Begins a table of these servers.
    pub fn new(servers: &[&'static str]) -> Self {
        Results { servers: servers.to_vec(), rows: vec![] }
    }

    /// Adds a server's figure of one round.
    pub fn add(
        &mut self,
        (case, title): (&str, &str),
        (server, round): (&str, usize),
        figure: &Figure,
        targets: Option<&'static [Target]>,
    ) {
        let is_it = |row: &Row| row.case == case && row.key == figure.key;
        let place = self.rows.iter().position(is_it).unwrap_or_else(|| {
            self.rows.push(Row {
                case: case.to_owned(),
                title: format!("{title}{}{}", figure.name, figure.unit.name()),
                key: figure.key,
                unit: figure.unit,
                targets,
                values: vec![vec![]; self.servers.len()],
            });
            self.rows.len() - 1
        });
        let column = self.servers.iter().position(|name| *name == server);
        let values = &mut self.rows[place].values[column.expect("a server of this table")];
        values.resize(values.len().max(round + 1), None);
        values[round] = Some(figure.value);
    }

    /// Whether every target is met that could be measured.
    pub fn are_met(&self) -> bool {
        let mut servers = self.servers.iter();
        servers.all(|server| self.rows.iter().all(|row| self.met(row, server) != Some(false)))
    }

    /// The values of a row, round by round.
    fn values<'a>(&self, row: &'a Row, server: &str) -> &'a [Option<f64>] {
        let column = self.servers.iter().position(|name| *name == server);
        column.map_or(&[], |column| &row.values[column])
    }

    /// The median of what is compared with targets: the ratios of our values to a server's, each taken within a round,
    /// because what slows a round down slows both; or our values themselves.
    fn compared(&self, row: &Row, server: &str) -> Option<f64> {
        let ours = self.values(row, OURS);
        if server == OURS {
            return median(ours.iter().flatten().copied());
        }
        let both = ours.iter().zip(self.values(row, server));
        let ratios = both.filter_map(|(ours, theirs)| Some((*ours)? / (*theirs)?));
        median(ratios.filter(|ratio| ratio.is_finite()))
    }

    /// The limit for this server.
    fn limit(row: &Row, server: &str) -> Option<f64> {
        row.targets?.iter().find(|(name, _)| *name == server).map(|(_, limit)| *limit)
    }

    /// Whether the target is met, if there is one and it was measured.
    fn met(&self, row: &Row, server: &str) -> Option<bool> {
        Some(self.compared(row, server)? <= Self::limit(row, server)?)
    }

    /// A cell: the median and its spread, and below them the ratio and the target.
    fn cell(&self, row: &Row, server: &str) -> String {
        let values = || self.values(row, server).iter().flatten().copied();
        let Some(middle) = median(values()) else { return "–".to_owned() };
        let spread = values().map(|value| (value - middle).abs()).fold(0.0, f64::max);
        let mut text = row.unit.number(middle);
        if spread > 0.0 && middle != 0.0 {
            text += &format!(" ±{:.0} %", 100.0 * spread / middle.abs());
        }
        let target = Self::limit(row, server).zip(self.met(row, server));
        let target = target.map(|(limit, met)| match met {
            true => format!(" ≤ {limit} ✓"),
            false => format!(" > {limit} ✗"),
        });
        match (self.compared(row, server), target) {
            (Some(_), Some(target)) if server == OURS => text += &format!("\n{target}"),
            (Some(ratio), target) if server != OURS => {
                text += &format!("\n× {ratio:.2}{}", target.unwrap_or_default());
            }
            _ => {}
        }
        text
    }

    /// The table. In the column of another server, `×` stands before our figure divided by its figure.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
        table.set_header([&[""], &self.servers[..]].concat());
        for row in self.rows.iter().filter(|row| row.targets.is_some()) {
            let cells = self.servers.iter().map(|server| self.cell(row, server));
            table.add_row([row.title.clone()].into_iter().chain(cells));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
            if self.servers.len() > 1 {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        if let Some(titles) = table.column_mut(0) {
            titles.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(18)));
        }
        table.trim_fmt()
    }

    /// Every value of every round, and what is compared with the targets.
    pub fn json(&self) -> Value {
        let object = |of: &dyn Fn(&str) -> Value| -> Value {
            self.servers.iter().map(|server| ((*server).to_owned(), of(server))).collect()
        };
        let rows = self.rows.iter().map(|row| {
            let targets = row.targets.unwrap_or_default().iter().map(|&(server, limit)| {
                json!({ "of": server, "at_most": limit, "met": self.met(row, server) })
            });
            json!({
                "case": row.case, "title": row.title, "key": row.key,
                "rounds": object(&|server| json!(self.values(row, server))),
                "medians": object(&|server| {
                    json!(median(self.values(row, server).iter().flatten().copied()))
                }),
                "ratios": object(&|server| {
                    json!(self.compared(row, server).filter(|_| server != OURS))
                }),
                "targets": targets.collect::<Vec<_>>(),
            })
        });
        rows.collect()
    }
}

/// The middle value, or the mean of the two in the middle; `None` if there are no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    Some(values.get(values.len().checked_sub(1)? / 2)?.midpoint(values[values.len() / 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETS: &[Target] = &[("mio", 1.05), ("tokio", 1.0), (OURS, 15.0)];

    /// A row with these values of step 06, mio and tokio.
    fn results(rounds: &[[f64; 3]]) -> Results {
        let mut results = Results::new(&[OURS, "mio", "tokio", "smol"]);
        for (round, values) in rounds.iter().enumerate() {
            for (server, value) in [OURS, "mio", "tokio"].into_iter().zip(*values) {
                let figure = Figure { key: "cpu", name: "CPU", value, unit: Unit::Micros };
                results.add(("load", "100: "), (server, round), &figure, Some(TARGETS));
            }
        }
        results
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 100.0]), Some(3.0));
        assert_eq!(median([4.0, 1.0, 3.0, 100.0]), Some(3.5));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // The second round was ten times as slow for both. The ratio of the medians would be 5.
        let results = results(&[[1.0, 2.0, 1.0], [10.0, 20.0, 1.0], [10.0, 1.0, 1.0]]);
        assert_eq!(results.compared(&results.rows[0], "mio"), Some(0.5));
    }

    #[test]
    fn the_table_has_medians_ratios_and_targets_and_fits_a_terminal() {
        let results = results(&[[10.4, 10.0, 10.0], [10.4, 10.0, 10.0], [11.0, 10.0, 10.0]]);
        let table = results.table();
        for words in
            ["100: CPU [µs]", "10.40 ±6 %", "≤ 15 ✓", "× 1.04 ≤ 1.05 ✓", "× 1.04 > 1 ✗", "–"]
        {
            assert!(table.contains(words), "no {words:?} in\n{table}");
        }
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(!results.are_met());
    }

    #[test]
    fn json_has_every_round_and_the_targets() {
        let json = results(&[[10.0, 10.0, 20.0], [20.0, 10.0, 20.0]]).json();
        assert_eq!(json[0]["rounds"]["step06"], json!([10.0, 20.0]));
        assert_eq!(json[0]["medians"]["tokio"], 20.0);
        assert_eq!(json[0]["ratios"]["mio"], 1.5);
        assert_eq!(json[0]["targets"][1], json!({ "of": "tokio", "at_most": 1.0, "met": true }));
        assert_eq!(json[0]["targets"][0]["met"], false);
    }
}
