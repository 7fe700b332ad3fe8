//! What a suite of checks found.

use std::{fmt, time::Duration};

/// What a suite of checks found.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// How many checks passed.
    pub passed: usize,
    /// The checks that did not.
    pub failures: Vec<Failure>,
    /// Checks that could not run here, each with the reason and what would make it run.
    pub skipped: Vec<String>,
    /// What checks saw, of those that tell more than that they passed.
    pub findings: Vec<Finding>,
    /// How long all of it took.
    pub took: Duration,
}

/// What a check saw: a row of a table.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check, as a sentence.
    pub name: String,
    /// How often what it is about came to pass.
    pub times: usize,
    /// What happened then.
    pub happened: String,
    /// What was lost by it.
    pub lost: String,
}

/// A check that did not pass.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The check, as a sentence.
    pub name: String,
    /// What was expected, what came, and what the server said meanwhile: lines for a person.
    pub detail: String,
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
