//! `cargo xtask check N --watch`: checks again each time the learner saves a file.

use std::{
    io::{self, IsTerminal},
    thread,
    time::Duration,
};

use anyhow::Result;
use console::{Term, style};

use crate::along::{
    check::{Check, Verdict},
    mine::Mine,
};
use kit::{note, outln, steps::Workspace};

/// How often the files are read. Network folders and containers do not report changes, so reports are not used at all.
const PAUSE: Duration = Duration::from_millis(250);

/// The folders that are watched, beside `Cargo.toml`.
const FOLDERS: [&str; 2] = ["src", "tests"];

/// Checks a step until all of it passes.
pub fn watch(workspace: &Workspace, step: Option<u8>) -> Result<bool> {
    let number = Some(Mine::existing(workspace, step)?.number());
    loop {
        if io::stdout().is_terminal() {
            Term::stdout().clear_screen()?;
        }
        let mine = Mine::existing(workspace, number)?;
        let mut seen = mine.fingerprint(&FOLDERS)?;
        let checked = Check::new(&mine).and_then(|mut check| {
            check.show_done();
            check.all()
        });
        match checked {
            Ok(Verdict::Passed) => return Ok(true),
            Ok(Verdict::Failed) => {}
            // The check has written files itself.
            Ok(Verdict::NextTask) => seen = mine.fingerprint(&FOLDERS)?,
            // A file may have gone while it was read: the next save mends that.
            Err(error) => note!("{} {error:#}", style("error:").for_stderr().red().bold()),
        }
        outln!("\n{}", style("waiting for changes (Ctrl-C ends)").dim());
        wait(&mine, &seen);
    }
}

/// Waits until the files differ from those that were seen. An editor writes a file in several steps, so the files
/// must be the same twice in a row.
fn wait(mine: &Mine<'_>, seen: &str) {
    let mut last = seen.to_owned();
    loop {
        thread::sleep(PAUSE);
        // A folder may be gone for a moment.
        let now = mine.fingerprint(&FOLDERS).unwrap_or_default();
        if now != seen && now == last {
            return;
        }
        last = now;
    }
}
