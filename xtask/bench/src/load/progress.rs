//! What is going on now: a spinner where a person looks, plain lines otherwise.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// A measurement under way.
#[derive(Debug)]
pub struct Progress {
    what: String,
    /// The spinner; none where nobody looks.
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Begins to show a measurement.
    pub fn start(what: &str) -> Self {
        let spinner = io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {prefix} {wide_msg} {elapsed}");
            let style = style.expect("a valid template");
            // Every redraw takes time from the clients: one a second shows that all is well.
            spinner.enable_steady_tick(Duration::from_secs(1));
            spinner.with_style(style).with_prefix(what.to_owned())
        });
        Progress { what: what.to_owned(), spinner }
    }

    /// Says what is done now.
    pub fn note(&self, now: &str) {
        match &self.spinner {
            Some(spinner) => spinner.set_message(format!("… {now}")),
            None => kit::note!("{}: {now}", self.what),
        }
    }

    /// Ends it.
    pub fn finish(self) {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
    }
}
