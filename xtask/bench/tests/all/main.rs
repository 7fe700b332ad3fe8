//! The load generator, libraries that run on step 06's runtime unchanged, and the operations that criterion times and
//! `cargo xtask instructions` counts.

use std::{sync::mpsc, thread, time::Duration};

use ops::list::{OPS, RUNTIMES};

mod libraries;
mod load;
#[path = "../../benches/ops/mod.rs"]
mod ops;

/// How long one operation may take, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn every_operation_runs_on_every_runtime() {
    for op in OPS {
        for runtime in RUNTIMES {
            let (done, is_done) = mpsc::channel();
            // Twice, so that the first repetition must leave behind what the second one needs.
            thread::spawn(move || done.send(ops::run_on(runtime, op, 2, 10)));
            let took = is_done.recv_timeout(LIMIT);
            assert!(matches!(took, Ok(Some(_))), "{} on {runtime}: {took:?}", op.name);
        }
    }
    assert!(ops::run_on("fast", OPS[0], 1, 1).is_none(), "there is no such runtime");
}
