//! What a measurement came to: for people a table, for machines JSON.

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Map, Value, json};

/// What a number counts, which decides how many digits of it are worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Things in a second.
    PerSecond,
    /// Microseconds.
    Micros,
    /// Milliseconds.
    Millis,
    /// Bytes.
    Bytes,
    /// Hundredths of a core.
    Percent,
}

impl Unit {
    /// A value of this unit, without the unit.
    pub fn number(self, value: f64) -> String {
        match self {
            Unit::Count if value.fract() != 0.0 => format!("{value:.3}"),
            Unit::Count | Unit::PerSecond | Unit::Bytes => grouped(value),
            Unit::Micros if value < 100.0 => format!("{value:.2}"),
            Unit::Micros => grouped(value),
            Unit::Millis => format!("{value:.1}"),
            Unit::Percent => format!("{value:.0}"),
        }
    }

    /// Its name, as it stands behind a value.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Count => "",
            Unit::PerSecond => "/s",
            Unit::Micros => "µs",
            Unit::Millis => "ms",
            Unit::Bytes => "B",
            Unit::Percent => "%",
        }
    }
}

/// A whole number with its thousands set off: `12,345`.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

/// One number.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

/// What a measurement came to.
#[derive(Debug, Clone)]
pub struct Figures {
    /// What was measured: `pingpong`.
    pub scenario: &'static str,
    /// How it was measured: the name of a setting and its value.
    pub settings: Vec<(&'static str, Value)>,
    /// What came of it.
    pub figures: Vec<Figure>,
}

impl Figures {
    /// Nothing yet.
    pub fn new(scenario: &'static str, settings: &[(&'static str, usize)]) -> Self {
        let settings = settings.iter().map(|&(name, value)| (name, json!(value))).collect();
        Figures { scenario, settings, figures: vec![] }
    }

    /// Adds a number.
    pub fn add(&mut self, key: &'static str, name: &'static str, value: f64, unit: Unit) {
        self.figures.push(Figure { key, name, value, unit });
    }

    /// The number of that key.
    pub fn get(&self, key: &str) -> Option<f64> {
        let figure = self.figures.iter().find(|figure| figure.key == key);
        figure.map(|figure| figure.value)
    }

    /// One object of all of it.
    pub fn json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("scenario".to_owned(), json!(self.scenario));
        object
            .extend(self.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        object
            .extend(self.figures.iter().map(|figure| (figure.key.to_owned(), json!(figure.value))));
        object
    }

    /// The table for people.
    pub fn table(&self, server: &str) -> String {
        let settings = self.settings.iter().map(|(name, value)| format!(", {name} {value}"));
        let mut table = Table::new();
        let title = format!("{}{}", self.scenario, settings.collect::<String>());
        table.load_style(UTF8_FULL_CONDENSED).set_header([title, server.to_owned(), String::new()]);
        for figure in &self.figures {
            let number = figure.unit.number(figure.value);
            table.add_row([figure.name.to_owned(), number, figure.unit.name().to_owned()]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_are_worth_reading() {
        assert_eq!(Unit::PerSecond.number(1_234_567.8), "1,234,568");
        assert_eq!(Unit::Count.number(2.105), "2.105");
        assert_eq!(Unit::Count.number(100.0), "100");
        assert_eq!(Unit::Micros.number(4.70714), "4.71");
        assert_eq!(Unit::Micros.number(31_415.9), "31,416");
        assert_eq!(Unit::Bytes.number(-1234.0), "-1,234");
        assert_eq!(Unit::Bytes.number(-0.2), "0");
    }

    #[test]
    fn json_is_one_flat_object_with_settings_and_numbers() {
        let mut figures = Figures::new("idle", &[("conns", 10)]);
        figures.add("bytes_per_connection", "memory of a connection", 700.5, Unit::Bytes);
        let expected = json!({ "scenario": "idle", "conns": 10, "bytes_per_connection": 700.5 });
        assert_eq!(Value::Object(figures.json()), expected);
        let table = figures.table("step06");
        for words in ["idle, conns 10", "step06", "memory of a connection", "B"] {
            assert!(table.contains(words), "{table}");
        }
    }
}
