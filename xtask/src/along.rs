//! Typing along: a folder of one's own for each step, `my/stepNN`, which begins as the step before and is to become the
//! step.
//!
//! Whatever is in that folder is the learner's: it is laid once, read, and never written to again.

mod check;
mod compare;
mod hints;
mod lay;
mod mine;
mod mirror;
mod progress;
pub mod sections;
mod start;
mod state;
mod tell;

pub use self::{
    check::{CheckArgs, check},
    compare::{CompareArgs, compare},
    hints::{HintArgs, hint},
    progress::progress,
    start::{StartArgs, start},
};
