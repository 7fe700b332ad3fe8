//! What readers use: their own folder for each step, its check, hints and progress, and the differences between steps.

pub mod along;
pub mod diff;
pub mod series;
