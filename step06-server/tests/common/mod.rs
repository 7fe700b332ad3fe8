//! What the tests have in common: an end, and a waker that counts.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::{
    env,
    io::{self, Write},
    process::{self, Command},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Wake, Waker},
    thread,
    time::Duration,
};

use proptest::prelude::ProptestConfig;

/// Longer than any test takes, even on a machine that has much else to do. `TEST_DEADLINE` sets it, in seconds.
fn deadline() -> Duration {
    let seconds = env::var("TEST_DEADLINE").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// Calls `test`. If that does not end, says which test it is and ends the process.
pub fn within_deadline<T>(test: impl FnOnce() -> T) -> T {
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let (ended, end) = mpsc::channel::<()>();
    thread::spawn(move || {
        if end.recv_timeout(deadline()) == Err(RecvTimeoutError::Timeout) {
            // Not by a macro, whose output would be captured, and lost with the process.
            let _ = writeln!(io::stderr(), "{name} did not end within {:?}", deadline());
            // What a test has started would live on, and a program that does not end may well take a whole core.
            let _ = Command::new("pkill")
                .args(["-KILL", "-P", &process::id().to_string()])
                .status();
            process::abort();
        }
    });
    let result = test();
    // Here, or by a panic on the way: the other end is told.
    drop(ended);
    result
}

/// Tries a property with so many cases, unless `PROPTEST_CASES` asks for another number.
pub fn config(cases: u32) -> ProptestConfig {
    let wanted = env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // Where a failure is a long wait, making it smaller must not take all day.
    let max_shrink_time = 30_000;
    ProptestConfig {
        cases: wanted.unwrap_or(cases),
        max_shrink_time,
        ..ProptestConfig::default()
    }
}

/// What a waker points to that counts how often it is woken.
#[derive(Debug, Default)]
pub struct Wakes(AtomicUsize);

impl Wakes {
    /// Makes a waker, and what tells its wakes.
    pub fn new() -> (Arc<Self>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (wakes.clone(), Waker::from(wakes))
    }

    /// How often the waker was woken.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
