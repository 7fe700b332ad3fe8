//! When the threads of a process run, seen from outside.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
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

/// Reads when the threads of a process run, from outside. Linux counts the nanoseconds that each thread has run.
///
/// A thread that has run for 8 µs between two readings is shown as a run of 8 µs that ended at the second one.
#[derive(Debug)]
pub struct Sampler {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<Vec<Runs>>,
}

impl Sampler {
    /// Begins to read the counters of the threads that the process has now.
    pub fn start(process: &Process, clock: impl Fn() -> f64 + Send + 'static) -> Result<Self> {
        let mut threads = Vec::new();
        for thread in process.threads()? {
            let path = format!("/proc/{}/task/{}/schedstat", process.pid, thread.id);
            let file = File::open(&path).with_context(|| format!("cannot open {path}"))?;
            threads.push((count(&file), file, Runs { thread: thread.name, spans: Vec::new() }));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let reading = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                for (before, file, runs) in &mut threads {
                    let (ran, now) = (count(file) - *before, clock());
                    if ran > 0.0 {
                        *before += ran;
                        let last = runs.spans.last().map_or(0.0, |last| last[1]);
                        runs.spans.push([(now - ran).max(last), now]);
                    }
                }
                thread::sleep(PAUSE);
            }
            threads.into_iter().map(|(_, _, runs)| runs).collect()
        });
        Ok(Sampler { stop, reading })
    }

    pub fn stop(self) -> Vec<Runs> {
        self.stop.store(true, Ordering::Relaxed);
        self.reading.join().expect("the sampler does not panic")
    }
}

/// How long a thread has run, in microseconds. The counter of a thread that has ended is 0.
fn count(file: &File) -> f64 {
    let mut text = [0; 64];
    let length = file.read_at(&mut text, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&text[..length]);
    let nanoseconds = text.split(' ').next().and_then(|count| count.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1000.0
}
