//! The figures of a soak.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::Result;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use hdrhistogram::Histogram;

use crate::soak::histogram;
use suite::server::Server;

/// How much more memory may be in use after the crowds have left. The allocator keeps some for later.
const MORE_MEMORY: u64 = 4 * 1024 * 1024;

/// The server at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    at: Instant,
    memory: u64,
    descriptors: usize,
    cpu: Duration,
}

impl Sample {
    /// The server now.
    pub fn of(server: &Server) -> Result<Self> {
        let process = server.process()?;
        Ok(Sample {
            at: Instant::now(),
            memory: process.memory()?,
            descriptors: process.open_files()?.len(),
            cpu: process.cpu_time()?,
        })
    }
}

/// The figures of a soak.
#[derive(Debug)]
pub struct Figures {
    before: Option<Sample>,
    pub after: Option<Sample>,
    most_memory: u64,
    most_descriptors: usize,
    answers: Histogram<u64>,
    /// The errors of the quiet client.
    pub quiet_errors: Vec<String>,
    /// Each crowd with its number of visits that succeeded, and that failed.
    pub crowds: Vec<(&'static str, u64, u64)>,
    pub end: String,
    pub ended_well: bool,
    pub stderr: String,
}

impl Figures {
    /// Nothing yet.
    pub fn new(before: Option<Sample>) -> Self {
        Figures {
            before,
            after: None,
            most_memory: 0,
            most_descriptors: 0,
            answers: histogram(),
            quiet_errors: vec![],
            crowds: vec![],
            end: String::new(),
            ended_well: false,
            stderr: String::new(),
        }
    }

    /// Records how long an answer took.
    pub fn answer(&mut self, took: Duration) {
        self.answers.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Takes a sample.
    pub fn sample(&mut self, sample: Sample) {
        self.most_memory = self.most_memory.max(sample.memory);
        self.most_descriptors = self.most_descriptors.max(sample.descriptors);
    }

    /// Whether all answers came, nothing was leaked, and the server ended without a panic.
    pub fn is_well(&self) -> bool {
        let kept = match (self.before, self.after) {
            (Some(before), Some(after)) => {
                after.descriptors > before.descriptors || after.memory > before.memory + MORE_MEMORY
            }
            _ => true,
        };
        let errors: u64 = self.crowds.iter().map(|(_, _, errors)| errors).sum();
        !kept
            && errors == 0
            && self.quiet_errors.is_empty()
            && self.ended_well
            && !self.stderr.contains("panicked")
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(["crowd", "visits", "errors"]);
        for (name, visits, errors) in &self.crowds {
            table.add_row([(*name).to_owned(), visits.to_string(), errors.to_string()]);
        }
        writeln!(f, "{table}")?;
        let kib = |bytes: u64| bytes / 1024;
        if let (Some(before), Some(after)) = (self.before, self.after) {
            let wall = (after.at - before.at).as_secs_f64();
            let cpu = (after.cpu - before.cpu).as_secs_f64();
            writeln!(
                f,
                "memory       {} KiB before, {} at most, {} after",
                kib(before.memory),
                kib(self.most_memory),
                kib(after.memory)
            )?;
            writeln!(
                f,
                "descriptors  {} before, {} at most, {} after",
                before.descriptors, self.most_descriptors, after.descriptors
            )?;
            writeln!(f, "CPU          {cpu:.1} s in {wall:.0} s")?;
        }
        let answers = &self.answers;
        let at = |quantile: f64| answers.value_at_quantile(quantile) as f64 / 1000.0;
        writeln!(
            f,
            "quiet client {} answers: median {:.2} ms, 99 % {:.2} ms, 99.9 % {:.2} ms, worst {:.2} ms; {} errors",
            answers.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            answers.max() as f64 / 1000.0,
            self.quiet_errors.len()
        )?;
        for error in self.quiet_errors.iter().take(5) {
            writeln!(f, "             {error}")?;
        }
        writeln!(f, "the end      {}", self.end)?;
        if !self.stderr.trim().is_empty() {
            writeln!(f, "stderr       {}", self.stderr.trim().replace('\n', "\n             "))?;
        }
        write!(f, "{}", if self.is_well() { "all is well" } else { "something is wrong" })
    }
}
