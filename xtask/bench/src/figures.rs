//! What one measurement gives: a few numbers with their units.

use serde_json::{Map, Value, json};

/// What a number counts, which decides how many of its digits are worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    Micros,
    Millis,
    Bytes,
    Percent,
}

impl Unit {
    /// A value of this unit, without the unit.
    pub fn number(self, value: f64) -> String {
        match self {
            Unit::Count if value.fract() != 0.0 && value.abs() < 1000.0 => format!("{value:.2}"),
            Unit::Micros if value.abs() < 100.0 => format!("{value:.2}"),
            Unit::Millis => format!("{value:.1}"),
            _ => grouped(value),
        }
    }

    /// Its name in brackets, as it stands after a figure's name.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Count => "",
            Unit::Micros => " [µs]",
            Unit::Millis => " [ms]",
            Unit::Bytes => " [bytes]",
            Unit::Percent => " [%]",
        }
    }
}

/// A whole number with commas between the thousands: `12,345`.
fn grouped(value: f64) -> String {
    let mut text = format!("{value:.0}");
    let mut place = text.len();
    let sign = usize::from(value <= -0.5);
    while place > 3 + sign {
        place -= 3;
        text.insert(place, ',');
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// A number.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name in tables.
    pub name: &'static str,
    pub value: f64,
    pub unit: Unit,
}

/// What a measurement gave.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How it was measured: settings and their values.
    pub settings: Vec<(&'static str, Value)>,
    pub figures: Vec<Figure>,
}

impl Figures {
    /// Begins the figures of a scenario.
    pub fn new(scenario: &'static str, settings: &[(&'static str, usize)]) -> Self {
        let settings = settings.iter().map(|&(name, value)| (name, json!(value)));
        let scenario = [("scenario", json!(scenario))];
        Figures { settings: scenario.into_iter().chain(settings).collect(), figures: vec![] }
    }

    /// Adds a number.
    pub fn add(&mut self, key: &'static str, name: &'static str, value: f64, unit: Unit) {
        self.figures.push(Figure { key, name, value, unit });
    }

    /// Returns all of it as one flat object.
    pub fn json(&self) -> Map<String, Value> {
        let figures = self.figures.iter().map(|figure| (figure.key, json!(figure.value)));
        let settings = self.settings.iter().cloned();
        settings.chain(figures).map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_are_worth_reading() {
        assert_eq!(Unit::Count.number(2.105), "2.10");
        assert_eq!(Unit::Count.number(988.0), "988");
        assert_eq!(Unit::Count.number(1_234_567.8), "1,234,568");
        assert_eq!(Unit::Micros.number(4.70714), "4.71");
        assert_eq!(Unit::Micros.number(31_415.9), "31,416");
        assert_eq!(Unit::Bytes.number(-1234.0), "-1,234");
        assert_eq!(Unit::Bytes.number(-123.0), "-123");
        assert_eq!(Unit::Bytes.number(-0.2), "0");
    }
}
