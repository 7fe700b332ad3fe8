//! When the threads of a process run, seen from outside.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use suite::server::Process;

/// The pause between two readings of the threads' counters. It leaves the processor to the threads.
const PAUSE: Duration = Duration::from_micros(20);

#[derive(Debug, Clone)]
pub struct Runs {
    pub thread: String,
    pub spans: Vec<[f64; 2]>,
}

/// Starts to record when each thread of a process runs, and returns a function that ends this. Linux counts the
/// nanoseconds that a thread has run. Threads that begin later are not recorded.
///
/// A thread that has run for 8 µs between two readings is shown as a run of 8 µs that ended at the second one.
pub fn start<C: Fn() -> f64 + Send + 'static>(
    process: &Process,
    clock: C,
) -> Result<impl FnOnce() -> Vec<Runs> + use<C>> {
    let mut threads = Vec::new();
    for thread in process.threads()? {
        let path = format!("/proc/{}/task/{}/schedstat", process.pid, thread.id);
        let file = File::open(&path).with_context(|| format!("cannot open {path}"))?;
        threads.push((count(&file), file, Runs { thread: thread.name, spans: Vec::new() }));
    }
    let (stop, stopped) = mpsc::channel::<()>();
    let reading = thread::spawn(move || {
        while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
            for (before, file, runs) in &mut threads {
                let (ran, now) = (count(file) - *before, clock());
                if ran > 0.0 {
                    *before += ran;
                    let last = runs.spans.last().map_or(0.0, |last| last[1]);
                    runs.spans.push([(now - ran).max(last), now]);
                }
            }
        }
        threads.into_iter().map(|(_, _, runs)| runs).collect()
    });
    Ok(move || {
        drop(stop);
        reading.join().expect("the sampler does not panic")
    })
}

/// How long a thread has run, in microseconds. The counter of a thread that has ended is 0.
fn count(file: &File) -> f64 {
    let mut text = [0; 64];
    let length = file.read_at(&mut text, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&text[..length]);
    let nanoseconds = text.split(' ').next().and_then(|count| count.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1000.0
}
