//! Repeats one operation on one runtime, for `cargo xtask instructions`: `ops yield-1000 tokio 10`.

use std::{env, process::ExitCode};

use ops::list::{OPS, RUNTIMES};

#[path = "../benches/ops/mod.rs"]
mod ops;

/// How much slower than usual callgrind lets everything run, with some to spare.
const SLOWNESS: u32 = 40;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = || {
        let [name, runtime, times] = args.as_slice() else { return None };
        let op = OPS.into_iter().find(|op| op.name == name)?;
        ops::run_on(runtime, op, times.parse().ok()?, SLOWNESS)
    };
    if done().is_some() {
        return ExitCode::SUCCESS;
    }
    let names = OPS.map(|op| op.name);
    eprintln!("Usage: OPERATION RUNTIME TIMES, with one of {names:?} and one of {RUNTIMES:?}");
    ExitCode::from(2)
}
