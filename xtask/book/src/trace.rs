//! `cargo xtask trace`: what a step's runtime does during two guesses, over time, in four lanes.
//!
//! From step 02 on, debug builds log what the runtime does. Writing a line takes some microseconds, so a traced game is
//! a little slower than others. Step 01 runs on smol, which logs nothing. Its picture shows when the threads ran.
//!
//! - [`record`] plays games and keeps the one that was disturbed least. [`sampler`] reads when the threads run.
//! - [`timeline`] sorts a recording into lanes. [`text`] prints them, and [`picture`] draws them.
//! - [`log`] puts what the runtime logged and what the clients did into one list. [`story`] tells it: [`state`] rebuilds
//!   the runtime's state after each event, [`names`] and [`view`] replace numbers by names, and [`places`] finds the lines
//!   of code.
//! - [`recording`] is the file for the player of the book. [`machine`] makes that of step 01, and [`open`] shows one.

mod log;
mod machine;
mod names;
mod open;
mod picture;
mod places;
mod record;
pub mod recording;
mod sampler;
mod state;
mod story;
mod text;
mod timeline;
mod view;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{
    binaries, cargo, outln,
    steps::{Step, Workspace},
};
use serde_json::{Value, json};

use self::{
    recording::Recording,
    timeline::{LANES, Timeline},
};

#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The number of the step
    #[arg(default_value_t = 6)]
    step: u8,
    /// Record your own version of the step, in my/stepNN
    #[arg(long)]
    mine: bool,
    /// Step through the run in a browser
    #[arg(long)]
    open: bool,
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
    let is_recording = args.json.is_some() || args.open;
    let is_drawing = args.svg.is_some() || args.chrome.is_some();
    if args.step == 1 && is_recording {
        ensure!(!args.mine, "step 1 has no runtime of its own. Try it with step 2");
        finish(workspace, args, &machine::record(workspace)?)?;
        if !is_drawing {
            return Ok(());
        }
    }
    let (dir, name, binary) = match args.mine {
        true => own(workspace, step)?,
        false => (step.dir.clone(), step.name.clone(), cargo::server(workspace, step)?),
    };
    kit::note!("playing games with {name}, to show the one that was disturbed least");
    let game = record::record(&binary)?;
    let timeline = Timeline::of(&name, &game);
    if let Some(panic) = &game.panic {
        kit::note!("The program panicked: {panic}");
    } else if game.lost() {
        kit::note!("The game hangs: a client waits in vain. The game was stopped.");
    }
    if let Some(path) = &args.svg {
        write(path, &picture::draw(&timeline))?;
    }
    if let Some(path) = &args.chrome {
        write(path, &chrome(&timeline).to_string())?;
    }
    if is_recording && args.step > 1 {
        let log = log::of(args.step, &game);
        finish(workspace, args, &Recording::new(args.step, timeline, log, &dir)?)?;
    } else if !is_drawing {
        text::print(&timeline);
    }
    Ok(())
}

/// Builds the reader's own version of a step. Returns its folder, its name and its program.
fn own(workspace: &Workspace, step: &Step) -> Result<(PathBuf, String, PathBuf)> {
    let number = step.meta.number;
    let name = format!("my/step{number:02}");
    let dir = workspace.root.join(&name);
    ensure!(dir.is_dir(), "{name} does not exist. Create it with `cargo xtask start {number}`");
    let mut cargo = cargo::beside(&dir, &cargo::target(&workspace.root)?, "my");
    cargo.args(["build", "--bins"]);
    let Ok(mut built) = binaries::build(cargo)? else {
        bail!("{name} does not build. The compiler's errors are above");
    };
    let program = built.programs.remove(&step.name);
    let program = program.with_context(|| format!("{name} has no program"))?;
    Ok((dir, name, program))
}

/// Writes a recording to where it was asked for, and opens it.
fn finish(workspace: &Workspace, args: &TraceArgs, recording: &Recording) -> Result<()> {
    if let Some(path) = &args.json {
        write(path, &recording.text()?)?;
    }
    if args.open {
        open::open(workspace, recording)?;
    }
    Ok(())
}

/// Makes the recording of a step again from its own log. The one of step 01 has none, and is made from its example.
pub fn again(workspace: &Workspace, step: &Step, text: &str) -> Result<String> {
    match step.meta.number {
        1 => machine::record(workspace)?.text(),
        _ => Recording::again(text, &step.dir),
    }
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
        for (tid, row) in (1..).zip(lane) {
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
