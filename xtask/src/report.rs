//! What a suite of checks found.

use std::time::Duration;

/// What a suite of checks found.
#[derive(Debug, Default, Clone)]
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
#[derive(Debug, Clone)]
pub struct Failure {
    /// The check, as a sentence.
    pub name: String,
    /// What was expected, what came, and what the server said meanwhile: lines for a person.
    pub detail: String,
}
