//! `load pingpong`: every connection keeps guesses on the way, and waits for their answers.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use hdrhistogram::Histogram;

use crate::load::{
    crowd::{Crowd, Pace},
    figures::{Figures, Unit},
    note_took,
    sources::Sources,
    subject::Subject,
    talk::Talk,
};

/// The pause between the guesses of a single connection: time enough for the server to fall asleep, as it would with
/// anybody who plays alone. Without it the next guess is there before it does, which flatters slow servers.
const ALONE: Duration = Duration::from_micros(50);

/// How long the crowd plays before it counts, at most.
const WARM_UP: Duration = Duration::from_secs(1);

/// How many connections guess, and how.
#[derive(Debug, Clone, Args)]
pub struct PingPong {
    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = super::at_least_one)]
    pub conns: usize,
    /// How many guesses each of them sends at once, with one write, before it waits for all the answers
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = depth)]
    pub depth: usize,
    /// For how long, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = super::seconds)]
    pub secs: f64,
    /// So many guesses instead, without a warm-up; each connection makes one more when it comes
    #[arg(long, value_name = "R", conflicts_with = "secs")]
    pub requests: Option<u64>,
}

/// Reads a depth: what is sent at once has to fit into one write.
fn depth(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(depth @ 1..=1000) => Ok(depth),
        _ => Err("the depth is a number from 1 to 1000".to_owned()),
    }
}

/// Lets the connections guess.
pub fn run(args: &PingPong, subject: &Subject, note: &dyn Fn(&str)) -> Result<Figures> {
    let talk = Talk::new(args.depth);
    let mut crowd = Crowd::new()?;
    note(&format!("connecting {}", args.conns));
    crowd.join(&mut Sources::new(subject.addr, args.conns)?, args.conns, &talk)?;
    let pause = if args.conns == 1 { ALONE } else { Duration::ZERO };
    let pace = match args.requests {
        Some(count) => {
            note(&format!("making {count} guesses"));
            Pace::requests(count, pause)
        }
        None => {
            let length = Duration::from_secs_f64(args.secs);
            note("warming up");
            crowd.play(&talk, Pace::time((length / 4).min(WARM_UP), pause), &mut histogram()?)?;
            note(&format!("guessing for {length:?}"));
            Pace::time(length, pause)
        }
    };
    let mut turns = histogram()?;
    // Nobody waits for anything here, nor at the end: every answer that is counted is paid for in between.
    let lap = subject.begin()?;
    let requests = crowd.play(&talk, pace, &mut turns)?;
    let took = subject.end(&lap)?;

    let settings = [("conns", args.conns), ("depth", args.depth)];
    let mut figures = Figures::new("pingpong", &settings);
    if !pause.is_zero() {
        figures.settings.push(("pause_us", (ALONE.as_micros() as u64).into()));
    }
    figures.add("requests", "guesses answered", requests as f64, Unit::Count);
    let throughput = requests as f64 / took.wall.as_secs_f64();
    figures.add("throughput", "throughput", throughput, Unit::PerSecond);
    for (key, name, quantile) in [
        ("p50_us", "latency, median", 0.5),
        ("p99_us", "latency, 99 %", 0.99),
        ("p999_us", "latency, 99.9 %", 0.999),
        ("max_us", "latency, worst", 1.0),
    ] {
        let micros = turns.value_at_quantile(quantile) as f64 / 1000.0;
        figures.add(key, name, micros, Unit::Micros);
    }
    let names = [
        ("cpu_us_per_request", "server CPU per guess"),
        ("user_us_per_request", "  its own"),
        ("system_us_per_request", "  the system's"),
    ];
    note_took(&mut figures, &took, requests, names);
    Ok(figures)
}

/// A histogram of nanoseconds, up to a minute.
fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_max(60_000_000_000, 3)?)
}
