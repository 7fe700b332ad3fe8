//! The operations that criterion times and `cargo xtask instructions` counts: each can be done on each runtime.

use std::{sync::mpsc, thread, time::Duration};

#[path = "../benches/ops/mod.rs"]
mod ops;

/// How long one operation may take, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn every_operation_can_be_done_on_every_runtime() {
    for op in ops::OPS {
        for runtime in ops::RUNTIMES {
            let (done, is_done) = mpsc::channel();
            // Twice, so that one repetition leaves behind what the next one needs; and slowly, for this is a debug build.
            thread::spawn(move || done.send(ops::run_on(runtime, op, 2, 10)));
            let took = is_done.recv_timeout(LIMIT);
            assert!(matches!(took, Ok(Some(_))), "{} on {runtime}: {took:?}", op.name);
        }
    }
}

#[test]
fn a_runtime_that_nobody_knows_is_told_from_the_others() {
    assert!(ops::run_on("fast", ops::OPS[0], 1, 1).is_none());
}

#[test]
fn every_operation_is_counted_too() {
    let counted = include_str!("../src/instructions/ops.rs");
    let lines = || counted.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    for op in ops::OPS {
        let call = format!("op(\"{}\",", op.name);
        assert!(lines().any(|line| line.contains(&call)), "{} is not", op.name);
    }
}
