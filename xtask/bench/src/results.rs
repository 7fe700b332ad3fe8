//! The table of all servers: medians, ratios and targets.

use std::collections::BTreeMap;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement::Dynamic, Table, Width,
    presets::UTF8_HORIZONTAL_ONLY,
};

/// The server that has targets, and that the others are compared with.
pub const OURS: &str = "step06";

/// A target: our figure is at most this many times the figure of that server, or at most this number if the server is
/// ours.
pub type Target = (&'static str, f64);

/// A figure: its key, its name in tables, and its value.
pub type Figure = (&'static str, &'static str, f64);

/// One figure of all servers.
#[derive(Debug)]
struct Row {
    /// What was done: `pingpong-100`.
    case: String,
    key: &'static str,
    name: &'static str,
    targets: &'static [Target],
    /// The values by server and round.
    values: BTreeMap<(&'static str, usize), f64>,
}

impl Row {
    /// The values of a server, round by round.
    fn of(&self, server: &str) -> impl Iterator<Item = f64> {
        self.values.iter().filter(move |((name, _), _)| *name == server).map(|(_, value)| *value)
    }

    /// The median of what is compared with a target: our values themselves, or their ratios to the values of a server.
    /// A ratio is taken within a round, because what slows a round slows both.
    fn compared(&self, server: &str) -> Option<f64> {
        if server == OURS {
            return median(self.of(OURS));
        }
        let theirs = self.values.iter().filter(|((name, _), _)| *name == server);
        let ratios = theirs.filter_map(|((_, round), theirs)| {
            self.values.get(&(OURS, *round)).map(|ours| ours / theirs)
        });
        median(ratios.filter(|ratio| ratio.is_finite()))
    }

    /// The target for a server, and whether it is met.
    fn target(&self, server: &str) -> Option<(f64, bool)> {
        let &(_, limit) = self.targets.iter().find(|(name, _)| *name == server)?;
        Some((limit, self.compared(server)? <= limit))
    }

    /// A cell: the median and its spread, and below them the ratio and the target.
    fn cell(&self, server: &str) -> String {
        let Some(middle) = median(self.of(server)) else { return "–".to_owned() };
        let spread = self.of(server).map(|value| (value - middle).abs()).fold(0.0, f64::max);
        let mut text = number(middle);
        if spread > 0.0 && middle != 0.0 {
            text += &format!(" ±{:.0}\u{a0}%", 100.0 * spread / middle.abs());
        }
        let ratio = self.compared(server).filter(|_| server != OURS);
        let ratio = ratio.map(|ratio| format!("{ratio:.2}"));
        let target = self.target(server).map(|(limit, met)| match met {
            true => format!("≤ {limit} ✓"),
            false => format!("> {limit} ✗"),
        });
        let below: Vec<String> = [ratio, target].into_iter().flatten().collect();
        if below.is_empty() { text } else { format!("{text}\n{}", below.join(" ")) }
    }
}

#[derive(Debug)]
pub struct Results {
    servers: Vec<&'static str>,
    rows: Vec<Row>,
}

impl Results {
    pub fn new(servers: &[&'static str]) -> Self {
        Results { servers: servers.to_vec(), rows: vec![] }
    }

    /// Adds a server's figure of one round.
    pub fn add(
        &mut self,
        case: &str,
        (server, round): (&'static str, usize),
        &(key, name, value): &Figure,
        targets: &'static [Target],
    ) {
        let is_it = |row: &Row| row.case == case && row.key == key;
        let place = self.rows.iter().position(is_it).unwrap_or_else(|| {
            let values = BTreeMap::new();
            self.rows.push(Row { case: case.to_owned(), key, name, targets, values });
            self.rows.len() - 1
        });
        self.rows[place].values.insert((server, round), value);
    }

    /// Whether every target is met that could be measured.
    pub fn are_met(&self) -> bool {
        let is_met = |row: &Row, server| row.target(server).is_none_or(|(_, met)| met);
        self.rows.iter().all(|row| self.servers.iter().all(|server| is_met(row, server)))
    }

    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(Dynamic).set_width(80);
        table.set_header([&[""], &self.servers[..]].concat());
        for row in &self.rows {
            let cells = self.servers.iter().map(|server| row.cell(server));
            let title = [row.case.as_str(), row.name].into_iter().filter(|part| !part.is_empty());
            table.add_row([title.collect::<Vec<_>>().join("\n")].into_iter().chain(cells));
        }
        let mut columns = table.column_iter_mut();
        if let Some(titles) = columns.next() {
            titles.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(18)));
        }
        for numbers in columns {
            numbers.set_padding((1, 0)).set_cell_alignment(CellAlignment::Right);
        }
        if self.servers.len() == 1 {
            return table.trim_fmt();
        }
        table.trim_fmt() + "\nbelow a figure: step06 divided by that server, and the target"
    }
}

/// A number as people read it: `4.71`, `988`, `12,345`.
fn number(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let mut text = format!("{value:.0}");
    let (mut place, sign) = (text.len(), usize::from(value < 0.0));
    while place > 3 + sign {
        place -= 3;
        text.insert(place, ',');
    }
    text
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
                results.add("load", (server, round), &("cpu", "CPU [µs]", value), TARGETS);
            }
        }
        results
    }

    #[test]
    fn numbers_have_as_many_digits_as_are_worth_reading() {
        let numbers = [2.105, 988.0, 4.70714, 31_415.9, 1_234_567.8, 0.0, -1234.0, -123.4];
        let texts = ["2.10", "988", "4.71", "31,416", "1,234,568", "0", "-1,234", "-123"];
        assert_eq!(numbers.map(number), texts);
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
        assert_eq!(results.rows[0].compared("mio"), Some(0.5));
    }

    #[test]
    fn the_table_has_medians_ratios_and_targets_and_fits_a_terminal() {
        let results = results(&[[10.4, 10.0, 10.0], [10.4, 10.0, 10.0], [11.0, 10.0, 10.0]]);
        let table = results.table();
        for words in
            ["load", "CPU [µs]", "10.40 ±6\u{a0}%", "≤ 15 ✓", " 1.04 ≤ 1.05 ✓", " 1.04 > 1 ✗", "–"]
        {
            assert!(table.contains(words), "no {words:?} in\n{table}");
        }
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(!results.are_met());
    }
}
