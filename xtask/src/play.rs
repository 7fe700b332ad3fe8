//! Lets two bots play a step's game over real sockets, and prints what everybody says as it happens.

use std::{
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use self::lanes::Lane;
use crate::{
    bisection::Bisection,
    build,
    client::Client,
    out::outln,
    server::{Launch, Server},
    steps::{Step, Workspace},
    verdict::mismatch,
};

mod lanes;
mod serve;

/// How long one can look at a line before the next one comes.
const PACE: Duration = Duration::from_millis(500);

/// How long the server may take to end after the game.
const END: Duration = Duration::from_secs(10);

/// Builds the step, and plays: with bots, or with whoever wants to.
pub fn run(workspace: &Workspace, number: u8, fast: bool, serve: bool) -> Result<()> {
    let step = workspace.step(number)?;
    let binary = build::server(workspace, step)?;
    let (echo, lines) = mpsc::channel();
    let launch = Launch::new(&binary).echo(echo);
    if serve {
        return serve::until_it_ends(launch.own_group(), step, lines);
    }
    let server = launch.start()?;
    let pace = if fast { Duration::ZERO } else { PACE };
    Game { lines, pace }.play(server)?;
    print_what_next(step);
    Ok(())
}

/// A game of two bots.
#[derive(Debug)]
struct Game {
    /// What the server says on stdout and stderr.
    lines: Receiver<String>,
    pace: Duration,
}

/// A bot.
#[derive(Debug)]
struct Bot {
    lane: Lane,
    client: Client,
    bisection: Bisection,
}

impl Bot {
    /// A bot that has joined.
    fn join(lane: Lane, server: &Server) -> Result<Self> {
        Ok(Bot { lane, client: Client::connect(server.addr())?, bisection: Bisection::new() })
    }

    /// Waits for the next line, and prints it.
    fn hear(&mut self) -> Result<String> {
        let line = self.client.line()?;
        let line = line.context("the server ended the connection without a last line")?;
        self.lane.print("<-", &line);
        Ok(line)
    }
}

impl Game {
    /// Lets the bots take turns until one has won and the other one knows.
    fn play(&self, mut server: Server) -> Result<()> {
        // The line that says where it listens has come already, or it would not be known.
        Lane::Server.print("|", &self.lines.recv()?);
        let mut bots = [Bot::join(Lane::First, &server)?, Bot::join(Lane::Second, &server)?];
        self.pause();
        let winner = self.take_turns(&mut bots)?;
        let loser = &mut bots[1 - winner];
        let goodbye = loser.hear()?;
        if goodbye != "Game over! Someone else won." {
            return Err(mismatch("the goodbye to who lost", format!("{goodbye:?}")));
        }
        for bot in &mut bots {
            bot.client.expect_rest("")?;
            bot.lane.print("<-", "(the end)");
        }
        drop(bots);
        let status = server.wait_exit(END)?;
        for line in self.lines.try_iter() {
            Lane::Server.print("|", &line);
        }
        Lane::Server.print("|", &format!("({status})"));
        if !status.success() {
            bail!("the server should have ended with exit status 0");
        }
        Ok(())
    }

    /// Lets the bots guess in turns. Gives the one that was right.
    fn take_turns(&self, bots: &mut [Bot; 2]) -> Result<usize> {
        // Each guess halves what is left, so this ends.
        loop {
            for (number, bot) in bots.iter_mut().enumerate() {
                let guess = bot.bisection.guess();
                bot.lane.print("->", &guess.to_string());
                bot.client.send(format!("{guess}\n"))?;
                let answer = bot.hear()?;
                if bot.bisection.learn(&answer)? {
                    return Ok(number);
                }
                self.pause();
            }
        }
    }

    /// Gives people time to read, and prints what the server says meanwhile.
    fn pause(&self) {
        let until = Instant::now() + self.pace;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => Lane::Server.print("|", &line),
                Err(_) => return,
            }
        }
    }
}

/// Says how to play by hand, and what to read.
fn print_what_next(step: &Step) {
    let number = step.meta.number;
    outln!("\nPlay it yourself, in two terminals:\n");
    outln!("    cargo run -p {} -- 127.0.0.1:8080", step.name);
    outln!("    nc 127.0.0.1 8080\n");
    outln!("or let `cargo xtask play {number} --serve` pick a port.");
    outln!("What makes it run: {}", step.meta.chapter.display());
}
