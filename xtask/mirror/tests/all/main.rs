//! The state that the trace of a step leads to is the state of its runtime.

#[path = "../../../book/src/trace/state.rs"]
#[allow(dead_code)]
mod state;

mod programs;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    time::Duration,
};

use futures_lite::AsyncReadExt;

type Local = Pin<Box<dyn Future<Output = ()>>>;

/// What a runtime has.
#[derive(Debug)]
struct Snapshot {
    queue: Vec<String>,
    inbox: Vec<String>,
    tasks: BTreeSet<String>,
    sources: BTreeMap<String, [bool; 2]>,
    timers: BTreeSet<String>,
}

/// The runtime of a step.
struct Runtime {
    step: u8,
    snapshot: fn() -> Option<Snapshot>,
    block_on: fn(Local),
    /// Dropping what this returns cancels the task.
    spawn: fn(Local) -> Local,
    sleep: Option<fn(Duration) -> Local>,
}

/// Tests the runtime of a step, and its sockets if it has some.
macro_rules! compare {
    ($step:ident, $number:literal, $sleep:expr $(, $net:ident)?) => {
        mod $step {
            use super::*;

            include!(concat!(env!("OUT_DIR"), "/", stringify!($step), ".rs"));

            const RUNTIME: Runtime = Runtime {
                step: $number,
                snapshot: runtime::snapshot,
                block_on: |future| runtime::block_on(future),
                spawn: |future| {
                    let task = runtime::spawn(future);
                    Box::pin(async {
                        task.await;
                    })
                },
                sleep: $sleep,
            };

            #[test]
            fn the_rebuilt_state_is_that_of_the_runtime_at_every_event() {
                programs::compare(&RUNTIME);
            }

            $(#[test]
            fn the_rebuilt_readiness_is_that_of_the_reactor_when_tasks_wait() {
                programs::compare_sockets(
                    &RUNTIME,
                    async |addr| runtime::$net::TcpStream::connect(addr).await.unwrap(),
                    async |mut stream| while stream.read(&mut [0; 64]).await.unwrap() > 0 {},
                );
            })?
        }
    };
}

compare!(step03, 3, None);
compare!(step04, 4, None, net);
compare!(step05, 5, Some(|time| Box::pin(runtime::time::sleep(time))), net);
compare!(step06, 6, Some(|time| Box::pin(runtime::time::sleep(time))), net);
