//! `cargo xtask trace`: what a step's runtime does during two guesses, over time, in four lanes.
//!
//! From step 02 on the runtime tells what it does, in debug builds. Telling takes time, some microseconds a line, so
//! that what is shown is a little slower than what is not watched. Step 01 runs on smol, which tells nothing: there it
//! is shown when smol's threads ran, as the system counts it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;

use kit::{cargo, outln, steps::Workspace};

mod arrange;
mod event;
mod export;
mod picture;
mod record;
mod sampler;
mod text;
mod timeline;

/// Which step to watch, and what to make of it.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The step's number
    #[arg(default_value_t = 6)]
    step: u8,
    /// Draw it, as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write it as Chrome's trace events, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    chrome: Option<PathBuf>,
    /// Write it as it is
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Watches two guesses, and prints what was seen, or writes it into files.
pub fn run(workspace: &Workspace, args: &TraceArgs) -> Result<()> {
    let step = workspace.step(args.step)?;
    let binary = cargo::server(workspace, step)?;
    let note = |line: &str| kit::note!("{line}");
    note(&format!("playing some games with {}, to show the calmest", step.name));
    let recording = record::record(&binary, &note)?;
    let timeline = arrange::arrange(&step.name, &recording);
    if let Some(path) = &args.svg {
        write(path, &picture::draw(&timeline))?;
    }
    if let Some(path) = &args.chrome {
        write(path, &serde_json::to_string(&export::chrome(&timeline))?)?;
    }
    if let Some(path) = &args.json {
        write(path, &serde_json::to_string_pretty(&timeline)?)?;
    }
    if [&args.svg, &args.chrome, &args.json].iter().all(|file| file.is_none()) {
        text::print(&timeline);
    }
    Ok(())
}

/// Writes a file, and says so.
fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    outln!("wrote {}", path.display());
    Ok(())
}
