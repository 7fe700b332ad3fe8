//! `cargo xtask trace`: what a step's runtime does during two guesses, over time, in four lanes.
//!
//! From step 02 on, debug builds log what the runtime does. Writing a line takes some microseconds, so a traced game is
//! a little slower than others. Step 01 runs on smol, which logs nothing. Its picture shows when the threads ran.
//!
//! - [`record`] plays games and keeps the one that was disturbed least.
//! - [`timeline`] sorts a recording into lanes. [`text`] prints them, and [`picture`] draws them.

mod log;
mod machine;
mod names;
mod picture;
mod places;
mod record;
pub mod recording;
mod state;
mod story;
mod text;
mod timeline;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use kit::{cargo, outln, steps::Workspace};
use serde_json::{Value, json};

use self::{
    places::Places,
    recording::Recording,
    timeline::{LANES, Timeline},
};

#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The number of the step
    #[arg(default_value_t = 6)]
    step: u8,
    /// Draw an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write Chrome's trace events, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    chrome: Option<PathBuf>,
    /// Write a recording: the state after each event, for the player of the book
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Records two guesses, and prints what happened or writes it to files.
pub fn run(workspace: &Workspace, args: &TraceArgs) -> Result<()> {
    let step = workspace.step(args.step)?;
    if let (1, Some(path)) = (args.step, &args.json) {
        return write(path, &machine::record(workspace)?.text()?);
    }
    let binary = cargo::server(workspace, step)?;
    kit::note!("playing games with {}, to show the one that was disturbed least", step.name);
    let game = record::record(&binary)?;
    let timeline = Timeline::of(&step.name, &game);
    if let Some(path) = &args.svg {
        write(path, &picture::draw(&timeline))?;
    }
    if let Some(path) = &args.chrome {
        write(path, &chrome(&timeline).to_string())?;
    }
    if let Some(path) = &args.json {
        let places = Places::read(&step.dir)?;
        let log = log::of(args.step, &game);
        write(path, &Recording::new(args.step, &timeline, log, &places)?.text()?)?;
    }
    if args.svg.is_none() && args.chrome.is_none() && args.json.is_none() {
        text::print(&timeline);
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    outln!("wrote {}", path.display());
    Ok(())
}

/// The timeline as Chrome's trace events: each lane is a process, and each row is a thread.
fn chrome(timeline: &Timeline) -> Value {
    // Viewers expect times that are not negative.
    let ts = |at: f64| at - timeline.window[0];
    let about = |kind: &str, pid: usize, tid: usize, args: Value| json!({ "ph": "M", "ts": 0, "pid": pid, "tid": tid, "name": kind, "args": args });
    let mut events = Vec::new();
    for (pid, (lane, name)) in timeline.lanes.iter().zip(LANES).enumerate() {
        let pid = pid + 1;
        events.push(about("process_name", pid, 0, json!({ "name": name })));
        events.push(about("process_sort_index", pid, 0, json!({ "sort_index": pid })));
        for (tid, row) in (1..).zip(&lane.rows) {
            events.push(about("thread_name", pid, tid, json!({ "name": row.name })));
            events.extend(row.spans.iter().map(|span| {
                json!({ "ph": "X", "ts": ts(span.from), "dur": span.to - span.from, "pid": pid, "tid": tid,
                    "name": span.label })
            }));
            events.extend(row.marks.iter().map(|mark| {
                json!({ "ph": "i", "s": "t", "ts": ts(mark.at), "pid": pid, "tid": tid, "name": mark.label })
            }));
        }
    }
    json!({ "displayTimeUnit": "ms", "traceEvents": events })
}
