//! The commands of this crate, on a small workspace of their own.

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../../kit/fixture.rs"]
mod fixture;

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../../kit/series.rs"]
mod tasks;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_xtask-verify");

mod bugs;
mod carry;
mod layout;
mod series;
mod test_all;
