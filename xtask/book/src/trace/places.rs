//! Where a step's source logs an event. A module and a message name one `trace!` call, so the log needs no line numbers.

use std::path::Path;

use anyhow::Result;
use kit::tree;

use super::recording::Excerpt;

/// How many lines an excerpt has before and after its line.
const AROUND: usize = 7;

/// The file and the line of the call that logs a message, in the step in a folder, if there is exactly one.
pub fn find(dir: &Path, module: &str, message: &str) -> Option<(String, usize)> {
    let path = format!("src/{}", module.replace("::", "/"));
    let mut files = [".rs", "/mod.rs"].into_iter().map(|end| format!("{path}{end}"));
    let file = files.find(|file| dir.join(file).is_file())?;
    let text = tree::read(&dir.join(&file)).ok()?;
    // The message is the last string in a call.
    let mut calls = text.match_indices("trace!(").filter(|(at, _)| {
        let call = text[*at..].split(");").next().unwrap_or_default();
        call.rsplit('"').nth(1) == Some(message)
    });
    match (calls.next(), calls.next()) {
        (Some((at, _)), None) => Some((file, text[..at].matches('\n').count() + 1)),
        _ => None,
    }
}

/// The lines of a file around a line.
pub fn excerpt(dir: &Path, file: &str, line: usize) -> Result<Excerpt> {
    let text = tree::read(&dir.join(file))?;
    let first = line.saturating_sub(AROUND).max(1);
    let lines = text.lines().skip(first - 1).take(line + AROUND + 1 - first);
    Ok(Excerpt { first, lines: lines.map(str::to_owned).collect() })
}
