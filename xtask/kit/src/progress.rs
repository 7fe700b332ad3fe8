//! What is going on now: a spinner where a person looks, plain lines otherwise.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use console::style;
use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Report;

/// One piece of work under way.
#[derive(Debug)]
pub struct Progress {
    /// What is done.
    what: String,
    /// The spinner; none where nobody looks.
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Begins to show a piece of work.
    pub fn start(what: &str) -> Self {
        let spinner = io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}") {
                spinner.set_style(style);
            }
            spinner.set_prefix(what.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        Progress { spinner, ..Progress::silent(what) }
    }

    /// Leaves it to others to show a piece of work, up to its end.
    pub fn silent(what: &str) -> Self {
        Progress { what: what.to_owned(), spinner: None }
    }

    /// Says what is done now.
    pub fn note(&self, now: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(format!("… {now}"));
        }
    }

    /// Ends it with one line about what came of it.
    pub fn finish(self, report: &Report) {
        let spinner = self.spinner.iter();
        spinner.for_each(ProgressBar::finish_and_clear);
        self.line(&self.what, report);
    }

    /// Prints one line about what came of a part of it.
    pub fn line(&self, what: &str, report: &Report) {
        let outcome = match (report.failures.len(), report.passed, report.skipped.len()) {
            (0, 0, 1..) => style("skipped".to_owned()).yellow(),
            (0, ..) => style("ok".to_owned()).green(),
            (failed, ..) => style(format!("{failed} failed")).red(),
        };
        let print = || crate::note!("{what} … {} ({})", outcome.for_stderr(), seconds(report.took));
        match &self.spinner {
            Some(spinner) => spinner.suspend(print),
            None => print(),
        }
    }
}

/// A duration as a person reads it: `2.1 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
