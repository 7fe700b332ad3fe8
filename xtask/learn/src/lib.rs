//! What readers use: their own folder for each step, its check, hints and progress, and the differences between steps.

pub mod along;
pub mod diff;
pub mod series;

/// Reads the number of a step, for clap.
fn number(text: &str) -> Result<u8, &'static str> {
    text.parse().map_err(|_| "this is not the number of a step")
}
