//! The recording of step 01: the state machine of its chapter, poll by poll.
//!
//! smol logs nothing, so this runs the example `state_machine`, which prints a row for each poll. The rows have no times,
//! so the events are ten microseconds apart.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use kit::{cargo, steps::Workspace, tree};

use super::{
    places::Places,
    recording::{Lane, Line, Moment, Recording, Shown, Task, excerpts},
    timeline::LANES,
};

const FILE: &str = "examples/state_machine.rs";

const PACE: f64 = 10.0;

/// What the example logs, the state that the future is in then, and what it waits for there.
const STATES: [(&str, &str, &str); 3] = [
    ("started, waits for the first number", "First", "the first number"),
    ("has the first, waits for the second", "Second", "the second number"),
    ("has the second, adds both", "Done", ""),
];

/// Runs the example, and tells what it prints.
pub fn record(workspace: &Workspace) -> Result<Recording> {
    let step = workspace.step(1)?;
    let program = cargo::example(workspace, &step.name, "state_machine", &[])?;
    let output = Command::new(&program).output().context("cannot run the example")?;
    ensure!(output.status.success(), "the example fails");
    let source = tree::read(&step.dir.join(FILE))?;
    let mut machine = Machine::new(&source);
    for row in String::from_utf8(output.stdout)?.lines().skip(2).take_while(|row| !row.is_empty()) {
        machine.row(row)?;
    }
    let Machine { events, spans, marks, .. } = machine;
    let end = events.last().map_or(0.0, |last| last.at) + PACE;
    let mut lanes = LANES.map(|name| Lane { name: name.to_owned(), rows: Vec::new() });
    lanes[0].rows.push(Line { name: "sum".to_owned(), spans, marks: Vec::new() });
    lanes[1].rows.push(Line { name: "the loop".to_owned(), spans: Vec::new(), marks });
    let code = excerpts(&events, &Places::read(&step.dir)?)?;
    let (name, window) = (step.name.clone(), [-PACE, end]);
    let lanes = lanes.into();
    Ok(Recording { step: 1, name, window, lanes, code, events, log: Vec::new() })
}

struct Machine<'a> {
    source: &'a str,
    /// The variant of the enum.
    state: &'static str,
    waits: &'static str,
    inboxes: [Option<u32>; 2],
    events: Vec<Moment>,
    spans: Vec<(f64, f64, String, String)>,
    marks: Vec<(f64, String)>,
}

impl<'a> Machine<'a> {
    fn new(source: &'a str) -> Self {
        let inboxes = [None; 2];
        let (events, spans, marks) = (Vec::new(), Vec::new(), Vec::new());
        Machine { source, state: "Start", waits: "its first poll", inboxes, events, spans, marks }
    }

    /// Tells one row: what was before the poll, what the enum returned, and what it logged.
    fn row(&mut self, row: &str) -> Result<()> {
        let before = row.get(..23).unwrap_or_default().trim();
        let returned = row.get(34..44).unwrap_or_default().trim();
        let logged = row.get(45..).unwrap_or_default().trim();
        ensure!(!returned.is_empty(), "this is no row: {row}");
        for (at, (word, number)) in
            [("first number", 40), ("second number", 2)].into_iter().enumerate()
        {
            if before == word {
                self.inboxes[at] = Some(number);
                let call = format!("{}.send({number})", ["first", "second"][at]);
                self.marks.push((self.now(), format!("sends {number}")));
                self.event(1, "send", &call, false, format!(
                    "The loop puts {number} into the {} inbox. No waker is called: the loop will poll again by itself.",
                    ["first", "second"][at]
                ))?;
            }
        }
        let from = self.now();
        self.event(
            0,
            "poll",
            "let polls = [",
            true,
            format!(
                "The loop polls the future, which continues in its state `Sum::{}`.",
                self.state
            ),
        )?;
        for line in logged.split("; ").filter(|line| !line.is_empty()) {
            let (_, state, waits) =
                STATES.into_iter().find(|known| known.0 == line).context("an unknown line")?;
            let left = self.state;
            (self.state, self.waits) = (state, waits);
            let why = match left {
                "Start" => "This is the first poll, so the function starts.".to_owned(),
                "First" => {
                    "The first inbox has a number, so the first `.await` is over.".to_owned()
                }
                _ => "The second inbox has a number, so the second `.await` is over.".to_owned(),
            };
            self.event(
                0,
                "log",
                &format!("log.add(\"{line}\")"),
                true,
                format!("{why} The state changes from `Sum::{left}` to `Sum::{state}`."),
            )?;
        }
        if returned == "Pending" {
            let (arm, waits) = (format!("Sum::{} {{ ", self.state), self.waits);
            let said = format!(
                "There is no number yet, so the enum stays in `Sum::{}` and `poll` returns `Pending`. It waits for {waits}.",
                self.state
            );
            self.event(0, "pending", &format!("{arm}|return Poll::Pending;"), false, said)?;
        } else {
            self.state = "Done";
            self.event(0, "ready", "return Poll::Ready(a + b);", false, format!("`poll` returns `{returned}`. The future has finished and must not be polled again."))?;
        }
        let kind = if returned == "Pending" { "pending" } else { "ready" };
        let to = self.now() - PACE;
        self.spans.push((from, to, kind.to_owned(), format!("sum polled: {returned}")));
        Ok(())
    }

    fn now(&self) -> f64 {
        self.events.len() as f64 * PACE
    }

    /// Adds an event. The texts in `call`, with a bar between them, lead to its line, within `poll` of the enum or after it.
    fn event(
        &mut self,
        lane: usize,
        what: &str,
        call: &str,
        polled: bool,
        said: String,
    ) -> Result<()> {
        let mut at = self.source.find("impl Future for Sum").context("there is no `Sum`")?;
        for text in call.split('|') {
            at += self.source[at..].find(text).with_context(|| format!("there is no `{text}`"))?;
        }
        let is = match (what, polled) {
            ("ready", _) => "finished",
            (_, true) => "running",
            _ => "waiting",
        };
        let waits = (is == "waiting").then(|| self.waits.to_owned());
        let inbox = |at: usize| {
            self.inboxes[at].map_or("is empty".to_owned(), |number| format!("holds {number}"))
        };
        let note = format!(
            "The future is `Sum::{}`. The first inbox {}, and the second {}.",
            self.state,
            inbox(0),
            inbox(1)
        );
        let state = Shown {
            thread: if polled { "polling sum" } else { "running" }.to_owned(),
            tasks: vec![Task { name: "sum".to_owned(), is: is.to_owned(), waits }],
            sources: Some(Vec::new()),
            note: Some(note),
            ..Shown::default()
        };
        let line = self.source[..at].matches('\n').count() + 1;
        self.events.push(Moment {
            at: self.now(),
            lane,
            what: what.to_owned(),
            task: Some("sum".to_owned()),
            file: Some(FILE.to_owned()),
            line: Some(line),
            said,
            state,
        });
        Ok(())
    }
}
