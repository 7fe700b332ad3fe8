//! `cargo xtask soak`: lets clients do everything at once that clients can do to a server, for minutes.
//!
//! The server is step 06's, built for release. Crowds of clients come, play, flood, stall, send lines without an end and
//! vanish, while a quiet client plays on and times every answer. Memory and descriptors have to return to where they were
//! after the first rest, every client that behaves has to get every answer, and at the end SIGTERM has to bring the
//! goodbye and exit status 0.

mod crowd;
mod figures;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::Signal;

use self::{
    crowd::CROWDS,
    figures::{Figures, Sample},
};
use kit::{cargo, outln, steps::Workspace};
use suite::{
    SHUTTING_DOWN,
    client::Client,
    server::{Launch, Server},
};

/// How long to soak the server.
#[derive(Debug, Args)]
pub struct SoakArgs {
    /// Soak it for this many minutes; fractions are allowed
    #[arg(long, default_value_t = 10.0, value_name = "M")]
    minutes: f64,
    /// Soak this step; the steps before 6 are not made for it
    #[arg(long, default_value_t = 6, value_name = "N")]
    step: u8,
}

/// How often the quiet client asks.
const QUIET_PAUSE: Duration = Duration::from_millis(5);

/// How long the crowds rest before memory and descriptors are compared.
const REST: Duration = Duration::from_secs(3);

/// What a crowd's thread shares with the main thread.
#[derive(Debug, Default)]
pub struct Shared {
    /// Whether the crowd has to stop.
    over: AtomicBool,
    /// How many visits succeeded.
    visits: AtomicU64,
    /// How many visits failed.
    errors: AtomicU64,
}

/// Soaks the server and prints the figures. Returns whether all is well.
pub fn run(workspace: &Workspace, args: &SoakArgs) -> Result<bool> {
    let length = Duration::try_from_secs_f64(args.minutes * 60.0)
        .context("--minutes takes a number that is not negative")?;
    let binary = cargo::release(workspace, workspace.step(args.step)?)?;
    let seconds = (2.0 * length.as_secs_f64() + 600.0).ceil();
    let options = [&format!("{seconds}s"), "--quiet", "--drain", "2s"];
    let mut server = Launch::new(&binary).args(&options).start()?;
    // The first crowds do not count: the server keeps some of the memory that it takes for the first time.
    soak(&server, Duration::from_secs(5).min(length), None)?;
    let before = Sample::of(&server)?;
    let figures = soak(&server, length, Some(before))?;
    let figures = end(&mut server, figures)?;
    outln!("{figures}");
    Ok(figures.is_well())
}

/// Lets the crowds in for this long, and takes the figures.
fn soak(server: &Server, length: Duration, before: Option<Sample>) -> Result<Figures> {
    let began = Instant::now();
    let mut figures = Figures::new(before);
    let shared: Vec<Arc<Shared>> = CROWDS.iter().map(|_| Arc::default()).collect();
    let addr = server.addr();
    let crowds: Vec<_> = CROWDS
        .iter()
        .zip(&shared)
        .map(|(crowd, shared)| {
            let shared = shared.clone();
            thread::spawn(move || {
                while !shared.over.load(Ordering::Relaxed) {
                    match (crowd.visit)(addr) {
                        Ok(()) => shared.visits.fetch_add(1, Ordering::Relaxed),
                        Err(_) => shared.errors.fetch_add(1, Ordering::Relaxed),
                    };
                    thread::sleep(crowd.pause);
                }
            })
        })
        .collect();
    let watched = watch(server, began, length, &mut figures);
    shared.iter().for_each(|shared| shared.over.store(true, Ordering::Relaxed));
    crowds.into_iter().for_each(|crowd| drop(crowd.join()));
    watched?;
    // The server may notice a little later that a connection was reset or half-closed.
    thread::sleep(REST);
    figures.after = Some(Sample::of(server)?);
    for (crowd, shared) in CROWDS.iter().zip(shared) {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        figures.crowds.push((crowd.name, count(&shared.visits), count(&shared.errors)));
    }
    Ok(figures)
}

/// Plays on quietly: times every answer, and takes a sample of the server each second.
fn watch(server: &Server, began: Instant, length: Duration, figures: &mut Figures) -> Result<()> {
    let bar = progress(length);
    let mut quiet = Client::connect(server.addr())?;
    let mut next = began;
    while began.elapsed() < length {
        let asked = Instant::now();
        match quiet.ask("0\n", "Too low!") {
            Ok(()) => figures.answer(asked.elapsed()),
            Err(error) => {
                figures.quiet_errors.push(format!("{error:#}"));
                quiet = Client::connect(server.addr())?;
            }
        }
        if Instant::now() >= next {
            next += Duration::from_secs(1);
            figures.sample(Sample::of(server)?);
            bar.set_position(began.elapsed().as_secs());
        }
        thread::sleep(QUIET_PAUSE);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Ends the server with SIGTERM, which has to bring the goodbye.
fn end(server: &mut Server, mut figures: Figures) -> Result<Figures> {
    let mut last = Client::connect(server.addr())?;
    last.ask("101\n", "Too high!")?;
    server.signal(Signal::TERM)?;
    let goodbye = last.rest()?;
    drop(last);
    let status = server.wait_exit(Duration::from_secs(10))?;
    figures.end = format!("{:?}, then {status}", goodbye.trim_end());
    figures.ended_well = status.success() && goodbye == SHUTTING_DOWN;
    figures.stderr = server.log().stderr();
    Ok(figures)
}

/// A progress bar over this many seconds.
fn progress(length: Duration) -> ProgressBar {
    let bar = ProgressBar::new(length.as_secs());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} s").expect("a valid template");
    bar.with_style(style)
}

/// A histogram of microseconds, up to a minute.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000, 3).expect("valid bounds")
}
