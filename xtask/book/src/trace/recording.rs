//! A recording as a file: the lanes, and for each event the state after it, the line of code, and a sentence.
//!
//! `docs/recordings/README.md` explains the fields.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::to_string;

use super::{
    places,
    record::Event,
    story,
    timeline::{LANES, Row, Timeline, rounded},
};

/// Excerpts by file and line.
type Code = BTreeMap<String, BTreeMap<usize, Excerpt>>;

/// What stands between two items.
const SEPARATOR: &str = ",\n  ";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    pub step: u8,
    pub name: String,
    pub window: [f64; 2],
    pub lanes: Vec<Lane>,
    pub code: Code,
    pub events: Vec<Moment>,
    /// What the runtime logged since it began, and what the clients did. The events are made of this.
    #[serde(default)]
    pub log: Vec<Event>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lane {
    pub name: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excerpt {
    pub first: usize,
    pub lines: Vec<String>,
}

/// An event, and the state after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    pub at: f64,
    pub lane: usize,
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub said: String,
    pub state: Shown,
}

/// The state of a runtime, with names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub thread: String,
    pub queue: Vec<String>,
    pub inbox: Vec<String>,
    pub tasks: Vec<Task>,
    pub sources: Vec<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timers: Option<Vec<Timer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    pub is: String,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub fn new(step: u8, timeline: Timeline, log: Vec<Event>, dir: &Path) -> Result<Self> {
        let events = story::tell(step, &log, timeline.window[0], dir);
        Ok(Recording {
            step,
            name: timeline.step,
            window: timeline.window.map(rounded),
            lanes: lanes(timeline.lanes),
            code: excerpts(&events, dir)?,
            events,
            log,
        })
    }

    /// The recording as JSON, with a line for each row, excerpt and event.
    pub fn text(&self) -> Result<String> {
        let mut files = Vec::new();
        for (file, excerpts) in &self.code {
            let mut lines = Vec::new();
            for (number, excerpt) in excerpts {
                lines.push(format!("\"{number}\":{}", to_string(excerpt)?));
            }
            files.push(format!("{}:{{\n  {}}}", to_string(file)?, lines.join(SEPARATOR)));
        }
        let mut text = String::new();
        write!(text, "{{\"step\":{},\"name\":{},", self.step, to_string(&self.name)?)?;
        writeln!(text, "\"window\":{},", to_string(&self.window)?)?;
        writeln!(text, "\"lanes\":[\n  {}],", list(&self.lanes)?)?;
        writeln!(text, "\"code\":{{\n  {}}},", files.join(SEPARATOR))?;
        writeln!(text, "\"events\":[\n  {}],", list(&self.events)?)?;
        writeln!(text, "\"log\":[\n  {}]}}", list(&self.log)?)?;
        Ok(text)
    }

    /// Makes the events and the excerpts of a recording again, from its own log and the sources in a folder.
    pub fn again(text: &str, dir: &Path) -> Result<String> {
        let mut recording: Recording = serde_json::from_str(text).context("it does not parse")?;
        recording.events = story::tell(recording.step, &recording.log, recording.window[0], dir);
        recording.code = excerpts(&recording.events, dir)?;
        for Event { module, what, .. } in &recording.log {
            let is_known =
                !module.starts_with("runtime") || places::find(dir, module, what).is_some();
            ensure!(is_known, "no `trace!` in {module} logs `{what}`");
        }
        recording.text()
    }
}

pub fn lanes(rows: [Vec<Row>; 4]) -> Vec<Lane> {
    let named = LANES.into_iter().zip(rows);
    named.map(|(name, rows)| Lane { name: name.to_owned(), rows }).collect()
}

/// The items as JSON, one on each line.
fn list(items: &[impl Serialize]) -> Result<String> {
    let lines: serde_json::Result<Vec<String>> = items.iter().map(to_string).collect();
    Ok(lines?.join(SEPARATOR))
}

/// The lines of code around each line that occurs.
pub fn excerpts(events: &[Moment], dir: &Path) -> Result<Code> {
    let mut code = Code::new();
    for moment in events {
        if let (Some(file), Some(line)) = (&moment.file, moment.line) {
            let excerpt = places::excerpt(dir, file, line)?;
            code.entry(file.clone()).or_default().insert(line, excerpt);
        }
    }
    Ok(code)
}
