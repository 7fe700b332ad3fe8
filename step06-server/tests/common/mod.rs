//! Shared by several test modules: a deadline, wakers that count, and the program itself.

pub mod alone;
pub mod bad_waker;
pub mod callback;
pub mod floods;
pub mod greedy;
pub mod location;
pub mod memory;
pub mod probe;
pub mod serving;
pub mod sockets;
pub mod tasks;
pub mod trace;

use std::{
    env,
    future::Future,
    io::{self, Write},
    pin::Pin,
    process::{self, Command},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use proptest::prelude::ProptestConfig;

/// Returns a time that no test needs, even on a busy machine. `TEST_DEADLINE` sets
/// another one, in seconds.
fn deadline() -> Duration {
    let seconds = env::var("TEST_DEADLINE").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// Calls `test`. If the call does not return in time, prints the name of the test and
/// aborts the process.
pub fn within_deadline<T>(test: impl FnOnce() -> T) -> T {
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let (returned, on_return) = mpsc::channel::<()>();
    thread::spawn(move || {
        if on_return.recv_timeout(deadline()) == Err(RecvTimeoutError::Timeout) {
            // `eprintln!` would write to the captured output, which is lost in an abort.
            let text = format!("{name} did not return within {:?}\n", deadline());
            let _ = io::stderr().write_all(text.as_bytes());
            // Child processes would survive the abort, and a program that hangs can
            // occupy a whole core.
            let parent = process::id().to_string();
            let _ = Command::new("pkill").args(["-KILL", "-P", &parent]).status();
            process::abort();
        }
    });
    let output = test();
    // A return ends the wait here, a panic ends it by unwinding.
    drop(returned);
    output
}

/// Configures a property test with this many cases. `PROPTEST_CASES` sets another number.
pub fn config(cases: u32) -> ProptestConfig {
    let cases_set = env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // A failing case can be one that waits for the deadline, so limit the shrinking.
    let max_shrink_time = 30_000;
    let cases = cases_set.unwrap_or(cases);
    ProptestConfig { cases, max_shrink_time, ..ProptestConfig::default() }
}

/// Returns the command that runs this step's program.
pub fn program() -> Command {
    Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))))
}

/// Polls a future once, with a waker that does nothing.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts the wakes of one waker.
#[derive(Debug, Default)]
pub struct Wakes(AtomicUsize);

impl Wakes {
    /// Makes a waker and its counter.
    pub fn new() -> (Arc<Self>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (wakes.clone(), Waker::from(wakes))
    }

    /// Returns how often the waker was woken.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
