//! The state that the trace of step 03 leads to is the state of its runtime.

mod common;

include!(concat!(env!("OUT_DIR"), "/step03.rs"));

use common::Runtime;

const RUNTIME: Runtime = Runtime {
    step: 3,
    snapshot: runtime::snapshot,
    block_on: |future| runtime::block_on(future),
    spawn: |future| {
        let task = runtime::spawn(future);
        Box::pin(async {
            task.await;
        })
    },
    sleep: SLEEP,
};

const SLEEP: Option<common::Sleep> = None;

#[test]
fn the_rebuilt_state_is_that_of_the_runtime_at_every_event() {
    common::compare(&RUNTIME);
}
