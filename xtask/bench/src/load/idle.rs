//! `load idle`: what connections cost on which nothing happens.

use std::{thread, time::Duration};

use anyhow::Result;
use clap::Args;

use crate::load::{
    account::resident,
    crowd::Crowd,
    figures::{Figures, Unit},
    sources::Sources,
    subject::Subject,
    talk::Talk,
};

/// How many connections idle, and for how long.
#[derive(Debug, Clone, Args)]
pub struct Idle {
    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = super::at_least_one)]
    pub conns: usize,
    /// For how long the server's CPU time is watched, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = super::seconds)]
    pub secs: f64,
}

/// Lets the connections make one guess each, and be silent.
pub fn run(args: &Idle, subject: &Subject, note: &dyn Fn(&str)) -> Result<Figures> {
    let talk = Talk::new(1);
    let mut crowd = Crowd::new()?;
    let before = resident(&subject.process)?;
    note(&format!("connecting {}", args.conns));
    crowd.join(&mut Sources::new(subject.addr, args.conns)?, args.conns, &talk)?;
    // Whoever has the answer knows nothing of what the server does after it.
    subject.settle()?;
    let after = resident(&subject.process)?;
    let length = Duration::from_secs_f64(args.secs);
    note(&format!("idling for {length:?}"));
    let lap = subject.begin()?;
    thread::sleep(length);
    let took = subject.end(&lap)?;

    let mut figures = Figures::new("idle", &[("conns", args.conns)]);
    let (before, after) = (before as f64, after as f64);
    let each = (after - before) / args.conns as f64;
    figures.add("bytes_per_connection", "memory of a connection", each, Unit::Bytes);
    figures.add("rss_before", "memory before", before, Unit::Bytes);
    figures.add("rss_after", "memory with them", after, Unit::Bytes);
    let cpu = took.server.total / 1000.0;
    figures.add("idle_cpu_ms", "CPU while idle", cpu, Unit::Millis);
    let share = 0.1 * cpu / took.wall.as_secs_f64();
    figures.add("idle_cpu_percent", "  of a core", share, Unit::Percent);
    Ok(figures)
}
