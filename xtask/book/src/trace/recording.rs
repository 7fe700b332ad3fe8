//! A recording as a file: the lanes, and for each event the state after it, the line of code, and a sentence.
//!
//! `docs/recordings/README.md` explains the fields.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::to_string;

use super::{
    places::Places,
    record::Event,
    story,
    timeline::{Kind, LANES, Row, Timeline},
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    pub step: u8,
    pub name: String,
    pub window: [f64; 2],
    pub lanes: Vec<Lane>,
    pub code: BTreeMap<String, BTreeMap<usize, Excerpt>>,
    pub events: Vec<Moment>,
    /// What the runtime logged since it began, and what the clients did. The events are made of this.
    #[serde(default)]
    pub log: Vec<Event>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    pub name: String,
    pub rows: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub spans: Vec<(f64, f64, String, String)>,
    pub marks: Vec<(f64, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excerpt {
    pub first: usize,
    pub lines: Vec<String>,
}

/// An event, and the state after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    pub at: f64,
    pub lane: usize,
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub said: String,
    pub state: Shown,
}

/// The state of a runtime, with names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    pub thread: String,
    pub queue: Vec<String>,
    pub inbox: Vec<String>,
    pub tasks: Vec<Task>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Source>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timers: Option<Vec<Timer>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    pub is: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub name: String,
    pub ready: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    pub name: String,
    pub due: f64,
}

impl Recording {
    /// Makes a recording of a timeline and its log, in which zero is the first guess.
    pub fn new(step: u8, timeline: &Timeline, log: Vec<Event>, places: &Places) -> Result<Self> {
        let events = story::tell(step, &log, timeline.window[0], places);
        let lane = |(lane, name): (&super::timeline::Lane, &str)| Lane {
            name: name.to_owned(),
            rows: lane.rows.iter().map(line).collect(),
        };
        Ok(Recording {
            step,
            name: timeline.step.clone(),
            window: timeline.window.map(rounded),
            lanes: timeline.lanes.iter().zip(LANES).map(lane).collect(),
            code: excerpts(&events, places)?,
            events,
            log,
        })
    }

    /// The recording as JSON, with a line for each row, excerpt and event.
    pub fn text(&self) -> Result<String> {
        let list = |lines: Vec<String>| lines.join(",\n  ");
        let all = |items: &mut dyn Iterator<Item = serde_json::Result<String>>| {
            items.collect::<serde_json::Result<Vec<String>>>().map(list)
        };
        let mut files = Vec::new();
        for (file, lines) in &self.code {
            let line = |(number, excerpt)| Ok(format!("\"{number}\":{}", to_string(excerpt)?));
            files.push(format!(
                "{}:{{\n  {}}}",
                to_string(file)?,
                all(&mut lines.iter().map(line))?
            ));
        }
        let mut text = String::new();
        write!(text, "{{\"step\":{},\"name\":{},", self.step, to_string(&self.name)?)?;
        writeln!(text, "\"window\":{},", to_string(&self.window)?)?;
        writeln!(text, "\"lanes\":[\n  {}],", all(&mut self.lanes.iter().map(to_string))?)?;
        writeln!(text, "\"code\":{{\n  {}}},", list(files))?;
        writeln!(text, "\"events\":[\n  {}],", all(&mut self.events.iter().map(to_string))?)?;
        writeln!(text, "\"log\":[\n  {}]}}", all(&mut self.log.iter().map(to_string))?)?;
        Ok(text)
    }

    /// Makes the events and the excerpts of a recording again, from its own log and the sources in a folder.
    pub fn again(text: &str, dir: &Path) -> Result<String> {
        let mut recording: Recording = serde_json::from_str(text).context("it does not parse")?;
        let places = Places::read(dir)?;
        recording.events =
            story::tell(recording.step, &recording.log, recording.window[0], &places);
        recording.code = excerpts(&recording.events, &places)?;
        for event in recording.log.iter().filter(|event| event.module.starts_with("runtime")) {
            let place = places.find(&event.module, &event.what);
            place.with_context(|| {
                format!("no `trace!` in {} logs `{}`", event.module, event.what)
            })?;
        }
        recording.text()
    }
}

/// The lines of code around each line that occurs.
pub fn excerpts(
    events: &[Moment],
    places: &Places,
) -> Result<BTreeMap<String, BTreeMap<usize, Excerpt>>> {
    let mut code: BTreeMap<String, BTreeMap<usize, Excerpt>> = BTreeMap::new();
    for moment in events {
        if let (Some(file), Some(line)) = (&moment.file, moment.line) {
            let (first, lines) = places.excerpt(file, line)?;
            code.entry(file.clone()).or_default().insert(line, Excerpt { first, lines });
        }
    }
    Ok(code)
}

pub fn rounded(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

/// A row. Spans of one kind with less than 25 µs between them are one span, because busy polling has thousands.
fn line(row: &Row) -> Line {
    let mut spans: Vec<(f64, f64, String, String)> = Vec::new();
    let mut counts = Vec::new();
    let is_busy = row.spans.len() > 100;
    for span in &row.spans {
        let kind = match span.kind {
            Kind::Pending => "pending",
            Kind::Ready => "ready",
            Kind::Awake => "awake",
            Kind::Asleep => "asleep",
            Kind::Waiting => "waiting",
        };
        match spans.last_mut() {
            Some(last) if is_busy && last.2 == kind && span.from - last.1 < 25.0 => {
                last.1 = rounded(span.to);
                *counts.last_mut().expect("there is one for each span") += 1;
            }
            _ => {
                let [from, to] = [span.from, span.to].map(rounded);
                spans.push((from, to, kind.to_owned(), span.label.clone()));
                counts.push(1);
            }
        }
    }
    for (span, count) in spans.iter_mut().zip(counts).filter(|(_, count)| *count > 1) {
        span.3 = format!("{count} times: {}", span.3);
    }
    let marks = row.marks.iter().map(|mark| (rounded(mark.at), mark.label.clone())).collect();
    Line { name: row.name.clone(), spans, marks }
}
