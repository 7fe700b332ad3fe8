//! How far the rounds are, and how long the rest will take: a bar where a person looks, plain lines otherwise.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// The rounds under way.
#[derive(Debug)]
pub struct Progress {
    /// The bar; none where nobody looks.
    bar: Option<ProgressBar>,
    began: Instant,
    /// How many seconds all of it should take, and how many of them are done.
    all: f64,
    done: f64,
}

impl Progress {
    /// Begins with what should take so many seconds.
    pub fn start(seconds: f64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let template = "{bar:30} {percent} % {wide_msg} {prefix}";
            let style = ProgressStyle::with_template(template).expect("a valid template");
            let bar = ProgressBar::new((seconds * 1000.0) as u64).with_style(style);
            // Every redraw takes time from the clients: one a second shows that all is well.
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        let progress = Progress { bar, began: Instant::now(), all: seconds, done: 0.0 };
        progress.estimate();
        progress
    }

    /// Says what is measured now.
    pub fn begin(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => kit::note!("{what}; {} left", self.left()),
        }
    }

    /// Notes that something is done that should have taken so many seconds.
    pub fn done(&mut self, seconds: f64) {
        self.done += seconds;
        if let Some(bar) = &self.bar {
            bar.set_position((self.done * 1000.0) as u64);
        }
        self.estimate();
    }

    /// Shows how long the rest will take.
    fn estimate(&self) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!("{} left", self.left()));
        }
    }

    /// How long the rest will take, in words.
    fn left(&self) -> String {
        words(left(self.began.elapsed(), self.done, self.all))
    }

    /// Ends it.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How long the rest will take: as long as it should, or as much longer as what is done did.
fn left(elapsed: Duration, done: f64, all: f64) -> Duration {
    let pace = if done > 0.0 { elapsed.as_secs_f64() / done } else { 1.0 };
    Duration::from_secs_f64((pace * (all - done)).max(0.0))
}

/// A duration in words: `about 3 min`, `about 40 s`.
fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..90 => format!("about {seconds} s"),
        seconds => format!("about {} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_much_longer_as_what_is_done_did() {
        let seconds = Duration::from_secs;
        assert_eq!(left(seconds(0), 0.0, 60.0), seconds(60));
        assert_eq!(left(seconds(20), 10.0, 60.0), seconds(100));
        assert_eq!(left(seconds(20), 61.0, 60.0), seconds(0));
    }

    #[test]
    fn long_rests_are_told_in_minutes() {
        assert_eq!(words(Duration::from_secs(89)), "about 89 s");
        assert_eq!(words(Duration::from_secs(100)), "about 2 min");
    }
}
