//! Does one operation on one runtime so many times, for `cargo xtask instructions`, and says on stdout how many units one
//! time is: `ops yield-1000 tokio 10` says `1000`.

use std::{env, process::ExitCode};

#[path = "../benches/ops/mod.rs"]
mod ops;

/// How much slower than usual callgrind lets everything run, with some to spare.
const SLOWNESS: u32 = 40;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.as_slice() {
        [name, runtime, times] => done(name, runtime, times),
        _ => None,
    };
    if done.is_none() {
        let names = ops::OPS.map(|op| op.name);
        eprintln!(
            "Usage: OPERATION RUNTIME TIMES, with one of {names:?} and one of {:?}",
            ops::RUNTIMES
        );
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

/// Does it, if there is such an operation and such a runtime.
fn done(name: &str, runtime: &str, times: &str) -> Option<()> {
    let op = ops::OPS.into_iter().find(|op| op.name == name)?;
    ops::run_on(runtime, op, times.parse().ok()?, SLOWNESS)?;
    println!("{}", op.units);
    Some(())
}
