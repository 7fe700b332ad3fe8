//! The black-box suite that plays the game with a step's binary. To be written.

use std::path::PathBuf;

use crate::report::Report;

/// What the suite plays with.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server's binary.
    pub binary: PathBuf,
    /// The number of the step whose rules hold.
    pub level: u8,
}

/// Plays by every rule that holds for the target, and reports what came of it.
pub fn run(target: &Target, progress: &dyn Fn(&str), _fail_fast: bool) -> Report {
    progress(&format!("{} at level {}", target.binary.display(), target.level));
    Report::default()
}
