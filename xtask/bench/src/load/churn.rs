//! `load churn`: connections that come, make one guess, and go.
//!
//! They hang up first, as clients do, so the system remembers each for a while on this side. One address has too few
//! ports for that, so they come from several. A reset would leave nothing behind, and be another path in the server.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;

use crate::load::{
    crowd::Crowd,
    figures::{Figures, Unit},
    note_took,
    sources::{FEW, Sources},
    subject::Subject,
    talk::Talk,
};
use suite::client::PATIENCE;

/// How many are there at once: enough that the server need not wait for this side.
pub const AT_ONCE: usize = 32;

/// How long they come and go before it counts, at most.
const WARM_UP: Duration = Duration::from_millis(500);

/// For how long connections come and go.
#[derive(Debug, Clone, Args)]
pub struct Churn {
    /// For how long, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = super::seconds)]
    pub secs: f64,
}

/// Lets connections come and go.
pub fn run(args: &Churn, subject: &Subject, note: &dyn Fn(&str)) -> Result<Figures> {
    let talk = Talk::new(1);
    let mut sources = Sources::new(subject.addr, FEW + 1)?;
    let mut crowd = Crowd::new()?;
    crowd.join(&mut sources, AT_ONCE, &talk)?;
    let open = subject.process.list("fd")?.len();
    let length = Duration::from_secs_f64(args.secs);
    note("warming up");
    crowd.churn(&mut sources, &talk, (length / 4).min(WARM_UP))?;
    all_gone(subject, open)?;
    note(&format!("coming and going for {length:?}"));
    let lap = subject.begin()?;
    let cycles = crowd.churn(&mut sources, &talk, length)?;
    let rate = cycles as f64 / lap.elapsed().as_secs_f64();
    all_gone(subject, open)?;
    let took = subject.end(&lap)?;

    let mut figures = Figures::new("churn", &[]);
    figures.add("cycles", "connections", cycles as f64, Unit::Count);
    figures.add("throughput", "throughput", rate, Unit::PerSecond);
    let names = [
        ("cpu_us_per_cycle", "server CPU per connection"),
        ("user_us_per_cycle", "  its own"),
        ("system_us_per_cycle", "  the system's"),
    ];
    note_took(&mut figures, &took, cycles, names);
    Ok(figures)
}

/// Waits until the server has closed what is left of those who went, and taken in who came last.
fn all_gone(subject: &Subject, open: usize) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let now = subject.process.list("fd")?.len();
        if now == open {
            return Ok(());
        }
        if Instant::now() > until {
            bail!(
                "the server has {now} open descriptors instead of {open} once everybody has left"
            );
        }
        // The system does not announce it.
        thread::sleep(Duration::from_millis(1));
    }
}
