//! What is being measured: a bar on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// Work that is under way. Dropping it removes the bar.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins to show work of this many parts.
    pub fn start(parts: usize) -> Self {
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg} {eta} left");
        let bar = ProgressBar::new(parts as u64).with_style(style.expect("a valid template"));
        let bar = bar.with_finish(ProgressFinish::AndClear);
        // Each redraw takes CPU time from the clients, so draw once a second.
        bar.enable_steady_tick(Duration::from_secs(1));
        Progress(bar)
    }

    pub fn note(&self, now: &str) {
        match self.0.is_hidden() {
            true => kit::note!("measuring {now}"),
            false => self.0.set_message(now.to_owned()),
        }
    }

    pub fn done(&self) {
        self.0.inc(1);
    }
}
