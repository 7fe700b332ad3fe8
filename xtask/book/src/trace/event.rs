//! What a step's runtime says of itself, line by line.

use std::collections::BTreeMap;

/// A line of the runtime's own story.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, in microseconds on the server's own monotonic clock.
    pub at: f64,
    /// What happened: `poll`, `timer set`.
    pub what: String,
    /// With what: `task` and its key, say.
    pub fields: BTreeMap<String, String>,
}

impl Event {
    /// Reads a line as the steps write them: time, level, module, what happened, and what with. Nothing else is one.
    pub fn parse(line: &str) -> Option<Self> {
        let (time, rest) = line.trim_start().split_once(' ')?;
        let seconds: f64 = time.strip_suffix('s')?.parse().ok()?;
        let rest = rest.trim_start().strip_prefix("TRACE ")?;
        let (_, story) = rest.split_once(": ")?;
        let is_field = |word: &&str| word.contains('=');
        let words: Vec<&str> = story.split_whitespace().collect();
        let what = words.iter().take_while(|word| !is_field(word)).copied();
        let what = what.collect::<Vec<_>>().join(" ");
        let fields = words.iter().filter_map(|word| word.split_once('='));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Event { at: seconds * 1e6, what, fields })
    }

    /// The value of a field; an empty one if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let line = "   0.000123456s TRACE step05_timers::timers: timer set timer=0.1 due_in=299.9s";
        let event = Event::parse(line).unwrap();
        assert_eq!((event.at, event.what.as_str()), (123.456, "timer set"));
        assert_eq!((event.field("timer"), event.field("due_in")), ("0.1", "299.9s"));
    }

    #[test]
    fn what_the_game_says_is_no_event() {
        let other = "   0.000000001s  INFO a::b: poll task=main";
        for line in ["127.0.0.1:4000 joined", "", "5s of silence: poll", other] {
            assert_eq!(Event::parse(line), None, "{line:?}");
        }
    }
}
