//! `load goodbye`: how long it takes until everybody knows that the game is over.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::load::{
    account::micros,
    crowd::Crowd,
    figures::{Figures, Unit},
    sources::Sources,
    subject::Subject,
    talk::Talk,
};
use suite::{
    bisection,
    client::{Client, PATIENCE},
};

/// The last line of everybody but the winner.
const GOODBYE: &[u8] = b"Game over! Someone else won.\n";

/// How many connections are to be told.
#[derive(Debug, Clone, Args)]
pub struct Goodbye {
    /// How many connections, besides the winner's
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = super::at_least_one)]
    pub conns: usize,
}

/// Lets one win, and the others wait for the end.
pub fn run(args: &Goodbye, subject: &mut Subject, note: &dyn Fn(&str)) -> Result<Figures> {
    let talk = Talk::new(1);
    let mut crowd = Crowd::new()?;
    note(&format!("connecting {}", args.conns));
    crowd.join(&mut Sources::new(subject.addr, args.conns)?, args.conns, &talk)?;
    let mut winner = Client::connect(subject.addr)?;
    subject.settle()?;
    note("winning");
    let lap = subject.begin()?;
    bisection::win(&mut winner)?;
    let won = Instant::now();
    crowd.part(GOODBYE)?;
    let took = won.elapsed();
    // The accounts are closed with the process, so they are read before it can end: the winner has not hung up.
    let spent = subject.end(&lap)?;
    winner.expect_rest("")?;
    drop(winner);
    if let Some(server) = &mut subject.server {
        let status = server.wait_exit(PATIENCE)?;
        if !status.success() {
            bail!("the server ended with {status} after the game");
        }
    }

    let mut figures = Figures::new("goodbye", &[("conns", args.conns)]);
    let millis = |duration: Duration| micros(duration) / 1000.0;
    figures.add(
        "goodbye_ms",
        "from `Correct!` to the last end of file",
        millis(took),
        Unit::Millis,
    );
    let each = spent.server.total / args.conns as f64;
    figures.add("cpu_us_per_goodbye", "server CPU per goodbye", each, Unit::Micros);
    let busy = 100.0 * spent.client.total / micros(spent.wall);
    figures.add("client_busy", "clients busy", busy, Unit::Percent);
    Ok(figures)
}
