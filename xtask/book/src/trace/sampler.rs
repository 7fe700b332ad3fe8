//! When a process's threads ran, seen from outside: Linux counts for each thread how long it has run, to the nanosecond.
//!
//! The counts are read every so often. A thread that has run for 8 µs between two readings is shown as a run of 8 µs
//! that ended at the second one, so a run is long by what was counted and placed to within the pause of the sampler.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use suite::server::Process;

/// How long the sampler rests between two readings, so that it leaves the processor to those it looks at.
const PAUSE: Duration = Duration::from_micros(20);

/// When one thread ran.
#[derive(Debug, Clone)]
pub struct Runs {
    /// The thread's name.
    pub thread: String,
    /// From when to when, in microseconds since the clock's start.
    pub spans: Vec<[f64; 2]>,
}

/// Takes readings until it is stopped.
#[derive(Debug)]
pub struct Sampler {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<Vec<Runs>>,
}

impl Sampler {
    /// Begins to read the counts of all threads that the process has now.
    pub fn start(process: &Process, clock: Instant) -> Result<Self> {
        let mut threads = Vec::new();
        for thread in process.threads()? {
            let path = format!("/proc/{}/task/{}/schedstat", process.pid, thread.id);
            let file = File::open(&path).with_context(|| {
                format!("this system does not count how long threads run: there is no {path}")
            })?;
            threads.push((file, Runs { thread: thread.name, spans: Vec::new() }));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let reading = thread::spawn(move || {
            let mut counts: Vec<f64> = threads.iter().map(|(file, _)| count(file)).collect();
            while !stopped.load(Ordering::Relaxed) {
                for ((file, runs), before) in threads.iter_mut().zip(&mut counts) {
                    let ran = count(file) - *before;
                    let now = clock.elapsed().as_secs_f64() * 1e6;
                    if ran > 0.0 {
                        *before += ran;
                        runs.add(now, ran);
                    }
                }
                thread::sleep(PAUSE);
            }
            threads.into_iter().map(|(_, runs)| runs).collect()
        });
        Ok(Sampler { stop, reading })
    }

    /// Ends the readings, and gives what they came to.
    pub fn stop(self) -> Vec<Runs> {
        self.stop.store(true, Ordering::Relaxed);
        self.reading.join().expect("the sampler does not panic")
    }
}

impl Runs {
    /// Adds a run that was noticed now.
    fn add(&mut self, now: f64, ran: f64) {
        let from = self.spans.last().map_or(now - ran, |last| (now - ran).max(last[1]));
        self.spans.push([from, now]);
    }
}

/// How long a thread has run so far, in microseconds. One that has ended has not run since.
fn count(file: &File) -> f64 {
    let mut text = [0; 64];
    let length = file.read_at(&mut text, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&text[..length]);
    let nanoseconds = text.split(' ').next().and_then(|count| count.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1000.0
}
