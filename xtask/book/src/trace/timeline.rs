//! A run as four lanes over time. Times are in microseconds, and the first guess is sent at zero.

use serde::Serialize;

/// The names of the lanes, from the program down.
pub const LANES: [&str; 4] = ["task", "executor", "reactor", "operating system"];

/// A run as four lanes over time.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Timeline {
    /// The step's package: `step03-waker`.
    pub step: String,
    /// From when to when.
    pub window: [f64; 2],
    /// The lanes, as [`LANES`] names them.
    pub lanes: [Lane; 4],
    /// How many polls there were in the window.
    pub polls: usize,
    /// How much of the window the runtime's thread was asleep, of 1; unknown where the runtime tells nothing.
    pub asleep: Option<f64>,
}

/// What happened in one part of the program, or beneath it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lane {
    /// The rows, from the top.
    pub rows: Vec<Row>,
    /// What has to be said of a lane that shows nothing.
    pub note: Option<String>,
}

/// One line of a lane: a task, a thread, the clients.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// Whose.
    pub name: String,
    /// What took time.
    pub spans: Vec<Span>,
    /// What took none.
    pub marks: Vec<Mark>,
}

/// What a span of time was spent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A poll that ended with `Pending`.
    Pending,
    /// A poll that ended with `Ready`.
    Ready,
    /// The thread was awake.
    Awake,
    /// The thread was asleep.
    Asleep,
    /// A client waited for its answer.
    Waiting,
}

/// Something that took time.
#[derive(Debug, Clone, Serialize)]
pub struct Span {
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
    /// What it was.
    pub kind: Kind,
    /// What is to be said of it.
    pub label: String,
}

/// Something that took no time.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    /// When.
    pub at: f64,
    /// What it was.
    pub label: String,
}

impl Row {
    /// A row in which nothing has happened yet.
    pub fn new(name: impl Into<String>) -> Self {
        Row { name: name.into(), ..Row::default() }
    }

    /// Adds something that took time.
    pub fn span(&mut self, from: f64, to: f64, kind: Kind, label: impl Into<String>) {
        self.spans.push(Span { from, to: to.max(from), kind, label: label.into() });
    }

    /// Adds something that took none.
    pub fn mark(&mut self, at: f64, label: impl Into<String>) {
        self.marks.push(Mark { at, label: label.into() });
    }

    /// Leaves out what is not in the window, and cuts off what reaches beyond.
    fn clip(&mut self, [start, end]: [f64; 2]) {
        self.spans.retain(|span| span.to >= start && span.from <= end);
        for span in &mut self.spans {
            span.from = span.from.max(start);
            span.to = span.to.min(end);
        }
        self.marks.retain(|mark| (start..=end).contains(&mark.at));
    }
}

impl Timeline {
    /// Counts time from then on.
    pub fn since(mut self, zero: f64) -> Self {
        for row in self.lanes.iter_mut().flat_map(|lane| &mut lane.rows) {
            for span in &mut row.spans {
                span.from -= zero;
                span.to -= zero;
            }
            row.marks.iter_mut().for_each(|mark| mark.at -= zero);
        }
        self
    }

    /// Leaves out what is not in the window, and counts what is.
    pub fn clip(mut self, window: [f64; 2]) -> Self {
        self.window = window;
        for row in self.lanes.iter_mut().flat_map(|lane| &mut lane.rows) {
            row.clip(window);
        }
        self.polls = self.lanes[0].rows.iter().map(|row| row.spans.len()).sum();
        let spans = self.lanes[3].rows.iter().flat_map(|row| &row.spans);
        let asleep = spans.filter(|span| span.kind == Kind::Asleep);
        let asleep = asleep.map(|span| span.to - span.from).fold(0.0, |all, one| all + one);
        self.asleep = self.lanes[0].note.is_none().then(|| asleep / (window[1] - window[0]));
        self
    }

    /// The picture in words: what was seen, in one or two sentences.
    pub fn summary(&self) -> String {
        let length = (self.window[1] - self.window[0]) / 1000.0;
        let seen = format!(
            "{length:.1} milliseconds of {}: a guess, a pause, another guess, a pause, and the end of the game",
            self.step
        );
        match self.asleep {
            Some(asleep) => format!(
                "{seen}. {} polls; the runtime's thread slept for {:.0} % of the time.",
                self.polls,
                asleep * 100.0
            ),
            None => format!("{seen}. smol does not tell of polls: shown is when its threads ran."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_beyond_the_window_is_cut_off() {
        let mut row = Row::new("our thread");
        row.span(-50.0, 50.0, Kind::Asleep, "");
        row.span(90.0, 150.0, Kind::Asleep, "");
        row.span(150.0, 160.0, Kind::Asleep, "");
        row.mark(101.0, "late");
        let mut timeline = Timeline::default();
        timeline.lanes[3].rows.push(row);
        let timeline = timeline.clip([0.0, 100.0]);
        let row = &timeline.lanes[3].rows[0];
        assert_eq!(row.marks.len(), 0);
        let spans: Vec<_> = row.spans.iter().map(|span| (span.from, span.to)).collect();
        assert_eq!(spans, [(0.0, 50.0), (90.0, 100.0)]);
        assert_eq!(timeline.asleep, Some(0.6));
    }
}
