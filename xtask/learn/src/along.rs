//! Typing along: a learner's own folder for each step, `my/stepNN`, which begins as the step before and becomes the step,
//! task by task.
//!
//! The sources in that folder are the learner's. When a task begins, its tests are added, and the code to fill in as far as
//! it fits. Nothing that the learner wrote is changed.

mod check;
mod compare;
mod hints;
mod mine;
mod progress;
pub mod sections;
mod start;
mod state;
mod tell;
mod watch;

pub use self::{
    check::{CheckArgs, check},
    compare::{CompareArgs, compare},
    hints::{HintArgs, hint, problems},
    progress::progress,
    start::{StartArgs, start},
};
