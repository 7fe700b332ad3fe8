//! How a check ends other than well: it finds something else than it expected, or it cannot run here.

use std::{error::Error, fmt};

/// The reason why a check cannot run here. A check that returns it is reported as skipped, not as failed or passed.
#[derive(Debug)]
pub struct Skip(pub String);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Skip {}

/// What a check expected, and what came instead.
#[derive(Debug)]
pub struct Mismatch {
    /// What should have come.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected: {}\n     got: {}", self.expected, self.got)
    }
}

impl Error for Mismatch {}

/// Makes the error that says what was expected and what came instead.
pub fn mismatch(expected: impl Into<String>, got: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Mismatch { expected: expected.into(), got: got.into() })
}

/// Fails with what was expected and what came, unless the condition holds.
pub fn ensure(
    holds: bool,
    expected: impl Into<String>,
    got: impl Into<String>,
) -> anyhow::Result<()> {
    if holds { Ok(()) } else { Err(mismatch(expected, got)) }
}
