//! The recording of step 01: the state machine of its chapter, poll by poll.
//!
//! smol logs nothing, so this runs the example `state_machine`, which prints a row for each poll. The rows have no times,
//! so the events are ten microseconds apart.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use kit::{cargo, steps::Workspace, tree};

use super::{
    recording::{Moment, Recording, Shown, Task, excerpts, lanes},
    timeline::{Kind, Row},
};

const FILE: &str = "examples/state_machine.rs";

const PACE: f64 = 10.0;

/// The inboxes of the example, and the numbers that its loop puts into them.
const INBOXES: [(&str, u32); 2] = [("first", 40), ("second", 2)];

/// The variants of the enum. The future logs a line whenever it goes on to the next one.
const STATES: [&str; 4] = ["Start", "First", "Second", "Done"];

/// Runs the example, and tells what it prints.
pub fn record(workspace: &Workspace) -> Result<Recording> {
    let step = workspace.step(1)?;
    let program = cargo::example(workspace, &step.name, "state_machine", &[])?;
    let output = Command::new(&program).output().context("cannot run the example")?;
    ensure!(output.status.success(), "the example fails");
    let mut machine = Machine {
        source: tree::read(&step.dir.join(FILE))?,
        state: 0,
        full: 0,
        events: Vec::new(),
        polls: Row::new("sum"),
        sends: Row::new("the loop"),
    };
    for row in String::from_utf8(output.stdout)?.lines().skip(2).take_while(|row| !row.is_empty()) {
        machine.row(row)?;
    }
    let (end, events) = (machine.now(), machine.events);
    let rows = [vec![machine.polls], vec![machine.sends], Vec::new(), Vec::new()];
    Ok(Recording {
        step: 1,
        name: step.name.clone(),
        window: [-PACE, end],
        lanes: lanes(rows),
        code: excerpts(&events, &step.dir)?,
        events,
        log: Vec::new(),
    })
}

struct Machine {
    source: String,
    /// The place of its state in the list.
    state: usize,
    /// How many inboxes have a number.
    full: usize,
    events: Vec<Moment>,
    polls: Row,
    sends: Row,
}

impl Machine {
    /// Tells one row: what was before the poll, what the enum returned, and what it logged.
    fn row(&mut self, row: &str) -> Result<()> {
        let before = row.get(..23).unwrap_or_default().trim();
        let returned = row.get(34..44).unwrap_or_default().trim();
        let logged = row.get(45..).unwrap_or_default().trim();
        ensure!(!returned.is_empty(), "this is no row: {row}");
        if let Some((inbox, number)) = INBOXES.get(self.full)
            && before == format!("{inbox} number")
        {
            self.full += 1;
            self.sends.mark(self.now(), format!("sends {number}"));
            let said = format!(
                "The loop puts {number} into the {inbox} inbox. No waker is called: the loop will poll again by itself."
            );
            self.event("send", &[&format!("{inbox}.send({number})")], said)?;
        }
        let (from, state) = (self.now(), STATES[self.state]);
        let said =
            format!("The loop polls the future, which continues in its state `Sum::{state}`.");
        self.event("poll", &["let polls = ["], said)?;
        for line in logged.split("; ").filter(|line| !line.is_empty()) {
            let why = match self.inbox() {
                None => "This is the first poll, so the function starts.".to_owned(),
                Some(it) => format!("The {it} inbox has a number, so the {it} `.await` is over."),
            };
            let left = STATES[self.state];
            self.state += 1;
            let state = STATES.get(self.state).context("it logs too many lines")?;
            let said = format!("{why} The state changes from `Sum::{left}` to `Sum::{state}`.");
            self.event("log", &[&format!("log.add(\"{line}\")")], said)?;
        }
        let state = STATES[self.state];
        let kind = if returned == "Pending" {
            let said = format!(
                "There is no number yet, so the enum stays in `Sum::{state}` and `poll` returns `Pending`. It waits for {}.",
                self.waits()
            );
            self.event("pending", &[&format!("Sum::{state} {{ "), "return Poll::Pending;"], said)?;
            Kind::Pending
        } else {
            let said = format!(
                "`poll` returns `{returned}`. The future has finished and must not be polled again."
            );
            self.event("ready", &["return Poll::Ready(a + b);"], said)?;
            Kind::Ready
        };
        self.polls.span(from, self.now() - PACE, kind, format!("sum polled: {returned}"));
        Ok(())
    }

    /// The inbox that the future waits for in its state.
    fn inbox(&self) -> Option<&'static str> {
        INBOXES.get(self.state.checked_sub(1)?).map(|inbox| inbox.0)
    }

    fn waits(&self) -> String {
        self.inbox().map_or("its first poll".to_owned(), |inbox| format!("the {inbox} number"))
    }

    fn now(&self) -> f64 {
        self.events.len() as f64 * PACE
    }

    /// Adds an event. To find its line, this looks for the texts, one after the other, from `poll` of the enum on.
    fn event(&mut self, what: &str, texts: &[&str], said: String) -> Result<()> {
        let mut at = self.source.find("impl Future for Sum").context("there is no `Sum`")?;
        for text in texts {
            at += self.source[at..].find(text).with_context(|| format!("there is no `{text}`"))?;
        }
        let full = |place: usize| match INBOXES.get(place).filter(|_| place < self.full) {
            Some((_, number)) => format!("holds {number}"),
            None => "is empty".to_owned(),
        };
        let note = format!(
            "The future is `Sum::{}`. The first inbox {}, and the second {}.",
            STATES[self.state],
            full(0),
            full(1)
        );
        let is = match what {
            "send" | "pending" => "waiting",
            "ready" => "finished",
            _ => "running",
        };
        let waits = (is == "waiting").then(|| self.waits());
        let state = Shown {
            thread: if is == "running" { "polling sum" } else { "running" }.to_owned(),
            tasks: vec![Task { name: "sum".to_owned(), is: is.to_owned(), waits }],
            note: Some(note),
            ..Shown::default()
        };
        self.events.push(Moment {
            at: self.now(),
            lane: usize::from(what == "send"),
            what: what.to_owned(),
            task: Some("sum".to_owned()),
            file: Some(FILE.to_owned()),
            line: Some(self.source[..at].matches('\n').count() + 1),
            said,
            state,
        });
        Ok(())
    }
}
