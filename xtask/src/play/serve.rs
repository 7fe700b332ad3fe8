//! A server that is left to people.

use std::{
    os::unix::process::ExitStatusExt,
    sync::mpsc::{self, Receiver},
    thread,
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{END, lanes::Lane};
use crate::{out::outln, server::Launch, steps::Step};

/// What may happen while the server is left to people.
enum Event {
    /// The server said something.
    Line(String),
    /// The server has closed its streams.
    End,
    /// Somebody wants to stop.
    Interrupt,
}

/// Leaves the server to people with `nc`, until the game ends or Ctrl-C does.
pub fn until_it_ends(launch: Launch, step: &Step, lines: Receiver<String>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot wait for Ctrl-C")?;
    let mut server = launch.start()?;
    let addr = server.addr();
    outln!("{} plays with you. From another terminal, or from two:\n", step.name);
    outln!("    nc {} {}\n", addr.ip(), addr.port());
    outln!("Guess a number from 1 to 100. Ctrl-C ends the game.\n");
    let (events, happened) = mpsc::channel();
    let interrupts = events.clone();
    thread::spawn(move || {
        let mut signals = signals.forever();
        signals.try_for_each(|_| interrupts.send(Event::Interrupt))
    });
    thread::spawn(move || {
        let mut lines = lines.into_iter().map(Event::Line);
        lines.try_for_each(|line| events.send(line))?;
        events.send(Event::End)
    });
    let mut stopped = false;
    for event in happened {
        match event {
            Event::Line(line) => Lane::Server.print("|", &line),
            Event::Interrupt => {
                stopped = true;
                server.signal(Signal::INT)?;
            }
            Event::End => break,
        }
    }
    let status = server.wait_exit(END)?;
    Lane::Server.print("|", &format!("({status})"));
    // Steps before the last do not catch Ctrl-C.
    if status.success() || (stopped && status.signal() == Some(SIGINT)) {
        return Ok(());
    }
    bail!("the server should have ended with exit status 0")
}
