//! The commands of this crate, on a small workspace of their own.

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../../kit/fixture.rs"]
mod fixture;

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../../kit/series.rs"]
mod tasks;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_xtask-book");

mod docs;
mod docs_rules;
mod docs_runs;
mod docs_tasks;
