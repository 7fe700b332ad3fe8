//! A game as four lanes over time. Times are in microseconds, and the first guess is sent at zero.

use serde::{Deserialize, Serialize, Serializer};

use super::{
    names::Names,
    record::{Event, Game},
    sampler::Runs,
};

/// The names of the lanes, from the program down.
pub const LANES: [&str; 4] = ["task", "executor", "reactor", "operating system"];

/// The thread on which smol runs its reactor.
const SMOLS_REACTOR: &str = "async-io";

/// A game as four lanes over time.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    pub step: String,
    /// The time that is shown.
    pub window: [f64; 2],
    pub lanes: [Vec<Row>; 4],
    pub polls: usize,
    /// The part of the time, from 0 to 1, in which the runtime's thread slept. Unknown if the runtime logs nothing.
    pub asleep: Option<f64>,
}

/// A line of a lane: a task, a thread, the clients.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub spans: Vec<Span>,
    pub marks: Vec<Mark>,
}

/// What a span of time was spent with: a poll and its result, our thread, or a client that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Pending,
    Ready,
    Awake,
    Asleep,
    Waiting,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Span {
    pub from: f64,
    pub to: f64,
    pub kind: Kind,
    pub label: String,
}

/// A recording stores a span as a list, and a mark too.
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (rounded(self.from), rounded(self.to), self.kind, &self.label).serialize(serializer)
    }
}

impl Span {
    /// Whether a client waited in vain.
    pub fn is_lost(&self) -> bool {
        self.kind == Kind::Waiting && self.label.ends_with("no answer")
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Mark {
    pub at: f64,
    pub label: String,
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (rounded(self.at), &self.label).serialize(serializer)
    }
}

pub fn rounded(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

impl Row {
    pub fn new(name: impl Into<String>) -> Self {
        Row { name: name.into(), ..Row::default() }
    }

    pub fn span(&mut self, from: f64, to: f64, kind: Kind, label: impl Into<String>) {
        self.spans.push(Span { from, to: to.max(from), kind, label: label.into() });
    }

    pub fn mark(&mut self, at: f64, label: impl Into<String>) {
        self.marks.push(Mark { at, label: label.into() });
    }
}

impl Timeline {
    pub fn of(step: &str, game: &Game) -> Self {
        let mut clients = Row::new("clients");
        for talk in &game.talks {
            let no_answer = if talk.lost { ", no answer" } else { "" };
            let label = format!("{}{no_answer}", talk.label);
            match talk.sent < talk.answered {
                true => clients.span(talk.sent, talk.answered, Kind::Waiting, label),
                false => clients.mark(talk.sent, label),
            }
        }
        let mut lanes = match game.events.is_empty() {
            true => from_threads(&game.threads),
            false => from_events(&game.events),
        };
        let smols = game.threads.iter().filter(|runs| runs.thread == SMOLS_REACTOR);
        lanes[2].extend(smols.map(thread_row));
        lanes[3].push(clients);
        let timeline = Timeline { step: step.to_owned(), lanes, ..Timeline::default() };
        timeline.clip(game.window())
    }

    /// Removes what is outside of the window, and counts the rest.
    fn clip(mut self, window: [f64; 2]) -> Self {
        let [start, end] = window;
        self.window = window;
        for row in self.lanes.iter_mut().flatten() {
            row.spans.retain(|span| span.to >= start && span.from <= end);
            for span in &mut row.spans {
                (span.from, span.to) = (span.from.max(start), span.to.min(end));
            }
            row.marks.retain(|mark| (start..=end).contains(&mark.at));
        }
        self.polls = self.lanes[0].iter().map(|row| row.spans.len()).sum();
        let spans = self.lanes[3].iter().flat_map(|row| &row.spans);
        let asleep = spans.filter(|span| span.kind == Kind::Asleep);
        let asleep = asleep.fold(0.0, |sum, span| sum + span.to - span.from);
        self.asleep = (!self.lanes[0].is_empty()).then(|| asleep / (end - start));
        self
    }

    pub fn summary(&self) -> String {
        let length = (self.window[1] - self.window[0]) / 1000.0;
        let mut spans = self.lanes[3].iter().flat_map(|row| &row.spans);
        let what = match spans.any(Span::is_lost) {
            true => "a guess that gets no answer. The game was stopped then",
            false => "a guess, a pause, another guess, a pause, and the end of the game",
        };
        let what = format!("{length:.1} milliseconds of {}: {what}", self.step);
        match self.asleep {
            Some(asleep) => format!(
                "{what}. {} polls; the runtime's thread slept for {:.0} % of the time.",
                self.polls,
                asleep * 100.0
            ),
            None => {
                format!("{what}. smol does not report polls, so this shows when its threads ran.")
            }
        }
    }
}

/// The lanes of a runtime that logs nothing: when its threads ran.
fn from_threads(threads: &[Runs]) -> [Vec<Row>; 4] {
    let others = threads.iter().filter(|runs| runs.thread != SMOLS_REACTOR);
    let mut rows: Vec<Row> = others.map(thread_row).collect();
    // The main thread has the name of the program.
    if let Some(main) = rows.first_mut() {
        "block_on".clone_into(&mut main.name);
    }
    [Vec::new(), rows, Vec::new(), Vec::new()]
}

fn thread_row(runs: &Runs) -> Row {
    let mut row = Row::new(&runs.thread);
    for &[from, to] in &runs.spans {
        row.span(from, to, Kind::Awake, format!("thread {} runs", runs.thread));
    }
    row
}

/// The lanes of a runtime that logs what it does.
fn from_events(events: &[Event]) -> [Vec<Row>; 4] {
    let mut rows = Rows::default();
    events.iter().for_each(|event| rows.add(event));
    rows.lanes(events.last().map_or(0.0, |last| last.at))
}

/// The rows, while they are filled from events.
#[derive(Debug, Default)]
struct Rows {
    /// The rows of the tasks, in the order in which they appear.
    tasks: Vec<Row>,
    names: Names,
    /// When the poll began that has not ended.
    polled: Option<f64>,
    executor: Row,
    /// What enters the run queue, or leaves it without a poll.
    queue: Row,
    reactor: Row,
    timers: Row,
    system: Row,
    awake_since: Option<f64>,
    asleep_since: Option<f64>,
}

impl Rows {
    fn add(&mut self, event: &Event) {
        let (at, task) = (event.at, event.field("task"));
        self.names.see(event, None);
        // Another thread can wake a task while ours sleeps. Everything else is done by our thread.
        if !matches!(event.what.as_str(), "wake" | "unpark" | "park") {
            self.wake_up(at);
        }
        match event.what.as_str() {
            "poll" => self.polled = Some(at),
            "pending" => self.poll_ended(task, at, Kind::Pending),
            "ready" => self.poll_ended(task, at, Kind::Ready),
            "park" => {
                self.wake_up(at);
                let awake = self.awake_since.take().unwrap_or(at);
                self.executor.span(awake, at, Kind::Awake, "our thread runs");
                self.asleep_since = Some(at);
            }
            "spawn" | "cancel" | "wake" => {
                let label = format!("{} {}", event.what, self.row(task).name);
                self.queue.mark(at, label);
            }
            "unpark" => self.queue.mark(at, "unpark"),
            "readiness" => {
                let ready = event.ready().join(" ");
                self.reactor.mark(at, format!("source {}: {ready}", event.field("source")));
            }
            "register" => {
                self.reactor.mark(at, format!("source {} registered", event.field("source")));
            }
            "timer set" => {
                let due = event.field("due_in");
                self.timers.mark(at, format!("timer {} set, due in {due}", event.field("timer")));
            }
            "timer fired" => self.timers.mark(at, format!("timer {} fired", event.field("timer"))),
            _ => {}
        }
    }

    fn wake_up(&mut self, at: f64) {
        if let Some(since) = self.asleep_since.take() {
            self.system.span(since, at, Kind::Asleep, "our thread sleeps");
        }
        self.awake_since.get_or_insert(at);
    }

    fn poll_ended(&mut self, task: &str, at: f64, kind: Kind) {
        let Some(from) = self.polled.take() else { return };
        let row = self.row(task);
        let label = format!("{} polled: {kind:?}", row.name);
        row.span(from, at, kind, label);
    }

    fn row(&mut self, task: &str) -> &mut Row {
        let name = self.names.task(task);
        let known = self.tasks.iter().position(|row| row.name == name);
        let at = known.unwrap_or(self.tasks.len());
        if known.is_none() {
            self.tasks.push(Row::new(name));
        }
        &mut self.tasks[at]
    }

    fn lanes(mut self, end: f64) -> [Vec<Row>; 4] {
        if let Some(awake) = self.awake_since {
            self.executor.span(awake, end, Kind::Awake, "our thread runs");
        }
        // A thread that has not woken up sleeps until the window ends.
        if let Some(since) = self.asleep_since {
            self.system.span(since, f64::INFINITY, Kind::Asleep, "our thread sleeps");
        }
        let named = |name: &str, row: Row| Row { name: name.to_owned(), ..row };
        // A step without timers has no row for them.
        let mut reactor = vec![named("sockets", self.reactor), named("timers", self.timers)];
        reactor.retain(|row| !row.marks.is_empty());
        // An executor that polls every task has no run queue.
        let mut executor = vec![named("our thread", self.executor)];
        if self.queue.marks.iter().any(|mark| mark.label.starts_with("wake")) {
            executor.push(named("run queue", self.queue));
        }
        self.tasks.sort_by_key(|row| row.name != "main");
        [self.tasks, executor, reactor, vec![named("our thread", self.system)]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_from_another_thread_does_not_end_the_sleep_but_the_poll_does() {
        let lines = ["poll task=main", "pending task=main", "park", "wake task=main", "unpark"];
        let lines = lines.into_iter().chain(["poll task=main", "ready task=main"]).enumerate();
        let line = |(n, line)| Event::parse(&format!("0.{n:06}s TRACE a::b: {line}")).unwrap();
        let [task, executor, _, system] = from_events(&lines.map(line).collect::<Vec<_>>());
        let sleep = &system[0].spans[0];
        assert_eq!((sleep.from, sleep.to), (2.0, 5.0));
        let kinds: Vec<Kind> = task[0].spans.iter().map(|span| span.kind).collect();
        assert_eq!(kinds, [Kind::Pending, Kind::Ready]);
        let marks: Vec<&str> = executor[1].marks.iter().map(|mark| &*mark.label).collect();
        assert_eq!(marks, ["wake main", "unpark"]);
    }

    #[test]
    fn a_span_is_cut_off_at_the_edge_of_the_window() {
        let mut row = Row::new("our thread");
        for [from, to] in [[-50.0, 50.0], [90.0, 150.0], [150.0, 160.0]] {
            row.span(from, to, Kind::Asleep, "");
        }
        row.mark(101.0, "late");
        let mut timeline = Timeline::default();
        timeline.lanes[0].push(Row::new("main"));
        timeline.lanes[3].push(row);
        let timeline = timeline.clip([0.0, 100.0]);
        let row = &timeline.lanes[3][0];
        assert_eq!((row.spans.len(), row.marks.len(), timeline.asleep), (2, 0, Some(0.6)));
    }
}
