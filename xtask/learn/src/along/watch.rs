//! `cargo xtask check N --watch`: checks again each time the learner saves a file.

use std::{
    io::{self, IsTerminal},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use anyhow::Result;
use console::{Term, style};
use notify::{RecursiveMode, Watcher};

use crate::along::{
    check::{Check, Verdict},
    mine::Mine,
};
use kit::{note, outln, steps::Workspace};

/// An editor writes a file in several steps. After the first, wait until there was none for this long.
const QUIET: Duration = Duration::from_millis(150);

/// Network folders and containers report no changes, so the files are looked at this often.
const LOOK: Duration = Duration::from_secs(2);

/// The folders that are watched, beside `Cargo.toml`.
const FOLDERS: [&str; 2] = ["src", "tests"];

/// Checks a step until all of it passes.
pub fn watch(workspace: &Workspace, step: Option<u8>) -> Result<bool> {
    let number = Some(Mine::existing(workspace, step)?.number());
    let (saved, saves) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |_| _ = saved.send(())).ok();
    loop {
        if io::stdout().is_terminal() {
            Term::stdout().clear_screen()?;
        }
        let mine = Mine::existing(workspace, number)?;
        // After `start --fresh` this is another folder than before. Where nothing can be watched, looking is enough.
        if let Some(watcher) = &mut watcher {
            let _ = watcher.watch(&mine.dir, RecursiveMode::Recursive);
        }
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
        wait(&mine, &seen, &saves);
    }
}

/// Waits until the files differ from those that were seen.
fn wait(mine: &Mine<'_>, seen: &str, saves: &Receiver<()>) {
    while mine.fingerprint(&FOLDERS).is_ok_and(|now| now == seen) {
        if saves.recv_timeout(LOOK).is_ok() {
            while saves.recv_timeout(QUIET).is_ok() {}
        }
    }
}
