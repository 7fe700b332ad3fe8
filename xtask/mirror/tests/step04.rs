//! The state that the trace of step 04 leads to is the state of its runtime.

mod common;

include!(concat!(env!("OUT_DIR"), "/step04.rs"));

use common::Runtime;

const RUNTIME: Runtime = Runtime {
    step: 4,
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

#[test]
fn the_rebuilt_readiness_is_that_of_the_reactor_when_tasks_wait() {
    common::compare_sockets(
        &RUNTIME,
        async |addr| runtime::net::TcpStream::connect(addr).await,
        async |stream| {
            let mut stream = stream;
            let mut buffer = [0; 64];
            while futures_lite::AsyncReadExt::read(&mut stream, &mut buffer).await.unwrap() > 0 {}
        },
    );
}
