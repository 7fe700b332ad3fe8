//! What is going on now: a spinner where a person looks, plain lines otherwise.

use std::time::Duration;

use console::style;
use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Report;

/// One piece of work under way. Its spinner is hidden unless stderr is a terminal.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins to show a piece of work.
    pub fn start(what: &str) -> Self {
        let spinner = ProgressBar::new_spinner().with_prefix(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        Progress(spinner)
    }

    /// Leaves it to others to show a piece of work, up to its end.
    pub fn silent(what: &str) -> Self {
        Progress(ProgressBar::hidden().with_prefix(what.to_owned()))
    }

    /// Says what is done now.
    pub fn note(&self, now: &str) {
        self.0.set_message(format!("… {now}"));
    }

    /// Ends it with one line about what came of it.
    pub fn finish(self, report: &Report) {
        self.0.finish_and_clear();
        self.line(&self.0.prefix(), report);
    }

    /// Prints one line about what came of a part of it.
    pub fn line(&self, what: &str, report: &Report) {
        let outcome = match (report.failures.len(), report.passed, report.skipped.len()) {
            (0, 0, 1..) => style("skipped".to_owned()).yellow(),
            (0, ..) => style("ok".to_owned()).green(),
            (failed, ..) => style(format!("{failed} failed")).red(),
        };
        let print = || crate::note!("{what} … {} ({})", outcome.for_stderr(), seconds(report.took));
        self.0.suspend(print);
    }
}

/// A duration as a person reads it: `2.1 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
