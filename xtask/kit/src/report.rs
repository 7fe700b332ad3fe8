//! What a suite of checks found.

use std::{env, fmt, fs, time::Duration};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::out;

/// What a suite of checks found.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Report {
    /// How many checks passed.
    pub passed: usize,
    /// The checks that did not.
    pub failures: Vec<Failure>,
    /// Checks that could not run here, each with the reason and what would make it run.
    pub skipped: Vec<String>,
    /// How long all of it took.
    pub took: Duration,
}

/// A check that did not pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// The check, as a sentence.
    pub name: String,
    /// What was expected, what came, and what the server said meanwhile: lines for a person.
    pub detail: String,
}

impl Report {
    /// A report of one failure.
    pub fn failed(name: &str, detail: &str) -> Self {
        let failure = Failure { name: name.to_owned(), detail: detail.to_owned() };
        Report { failures: vec![failure], ..Report::default() }
    }

    /// Adds what another suite found.
    pub fn add(&mut self, mut other: Report) {
        self.passed += other.passed;
        self.failures.append(&mut other.failures);
        self.skipped.append(&mut other.skipped);
        self.took += other.took;
    }

    /// A report of checks that could not run, with the reason.
    pub fn skipped(reason: &str) -> Self {
        Report { skipped: vec![reason.to_owned()], ..Report::default() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "FAILED {}", failure.name)?;
            for line in failure.detail.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        for skipped in &self.skipped {
            writeln!(f, "skipped {skipped}")?;
        }
        writeln!(
            f,
            "{} passed, {} failed, {} skipped in {:.1?}",
            self.passed,
            self.failures.len(),
            self.skipped.len(),
            self.took
        )
    }
}

/// Names a file into which a report is written instead of being printed. A command that runs another one sets it.
pub const FILE: &str = "XTASK_REPORT";

/// Prints a report, and returns whether nothing failed.
pub fn printed(report: &Report) -> Result<bool> {
    match env::var_os(FILE) {
        Some(file) => {
            fs::write(file, serde_json::to_vec(report)?).context("cannot write the report")?;
        }
        None => out!("{report}"),
    }
    Ok(report.failures.is_empty())
}
