//! What a request of the game costs on each server.
//!
//! The schedule has to be the same every time, or one poll of the sockets finds now three guesses and now seventy. So in
//! each round the server is stopped, as by Ctrl-Z, before the first guess is sent and until the last one is, and finds all
//! of them at once.
//!
//! Two runs have the same number of rounds and differ only in how many of them have guesses in them. Their difference is
//! what those guesses cost: all else, the start, the stops, the end, drops out.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

use super::{
    callgrind::{self, Callgrind},
    table::{OURS, Row, Target},
};
use kit::{cargo, steps::Workspace, verdict::mismatch};
use suite::{client::PATIENCE, server::Server};

/// How many play.
const CONNECTIONS: usize = 100;

/// How many rounds the shorter run has guesses in.
const ROUNDS: usize = 50;

/// A guess that never ends a game.
const GUESS: &str = "0\n";

/// What comes back.
const ANSWER: &str = "Too low!\n";

/// How many guesses each client sends at once, and what is wanted then.
pub const ROWS: [(usize, &[Target]); 2] = [
    (1, &[Target { at_most: 0.5, of: &["tokio"] }, Target { at_most: 2.2, of: &["mio"] }]),
    (16, &[Target { at_most: 0.9, of: &["tokio"] }]),
];

/// The name of the row with so many guesses at once.
pub fn name(depth: usize) -> String {
    format!("game, {CONNECTIONS} connections, depth {depth}: a request")
}

/// A server.
#[derive(Debug)]
pub struct Contender {
    runtime: &'static str,
    binary: PathBuf,
}

impl Contender {
    /// Whether it may be stopped and then goes on as if it had not been. smol hands its sockets to another thread when a
    /// wait ends without an event, which a stop makes it do. So its figure comes from a schedule that is its own each
    /// time, and swings.
    fn is_stoppable(&self) -> bool {
        self.runtime != "smol"
    }
}

/// Builds the servers.
pub fn contenders(workspace: &Workspace) -> Result<Vec<Contender>> {
    let binary = cargo::release(workspace, workspace.step(6)?)?;
    let mut contenders = vec![Contender { runtime: OURS, binary }];
    for (runtime, name) in [("tokio", "game_tokio"), ("smol", "game_smol"), ("mio", "game_mio")] {
        let binary = cargo::example(workspace, "xtask-bench", name, &["--release"])?;
        contenders.push(Contender { runtime, binary });
    }
    Ok(contenders)
}

/// Counts what a request costs on each server.
pub fn row(
    callgrind: &Callgrind,
    contenders: &[Contender],
    (depth, targets): (usize, &'static [Target]),
    note: &dyn Fn(&str),
) -> Result<Row> {
    let name = name(depth);
    let mut counts = BTreeMap::new();
    for contender in contenders {
        let label = format!("{name}: {}", contender.runtime);
        note(&label);
        let run = |talking| -> Result<u64> {
            // Comings and goings are not told: that costs system calls, and the peers do not tell them either.
            let quiet: &[&str] = if contender.runtime == OURS { &["--quiet"] } else { &[] };
            let options = [&["600s"], quiet].concat();
            let server = callgrind.launch(&contender.binary, &label).args(&options).start()?;
            played(server, depth, talking, contender.is_stoppable())
        };
        let count = |talking| callgrind::steady(contender.runtime, || run(talking));
        let few = count(ROUNDS).with_context(|| label.clone())?;
        let many = count(2 * ROUNDS).with_context(|| label.clone())?;
        let requests = ROUNDS * CONNECTIONS * depth;
        counts.insert(contender.runtime, (many as f64 - few as f64) / requests as f64);
    }
    Ok(Row { name, counts, targets })
}

/// Plays twice [`ROUNDS`] rounds, so many of them with guesses, and gives the instructions that the server took.
fn played(mut server: Server, depth: usize, talking: usize, stops: bool) -> Result<u64> {
    let players = (0..CONNECTIONS).map(|_| Player::join(&server));
    let mut players = players.collect::<Result<Vec<_>>>()?;
    for round in 0..2 * ROUNDS {
        wait_until(&server, 'S')?;
        if stops {
            server.signal(Signal::STOP)?;
            wait_until(&server, 'T')?;
        }
        if round < talking {
            players.iter_mut().try_for_each(|player| player.guess(depth))?;
        }
        if stops {
            server.signal(Signal::CONT)?;
        }
        if round < talking {
            players.iter_mut().try_for_each(|player| player.hear(depth))?;
        }
    }
    wait_until(&server, 'S')?;
    // The shortest end, and the same for all: nobody handles this signal.
    server.signal(Signal::USR1)?;
    callgrind::count(server.program())
}

/// Waits until the server sleeps (`S`) or is stopped (`T`). What wakes it makes it runnable before the waking call returns.
fn wait_until(server: &Server, wanted: char) -> Result<()> {
    let (process, until) = (server.process()?, Instant::now() + PATIENCE);
    loop {
        let stat = process.read("stat")?;
        // The second field is the name in parentheses, and may hold blanks: count from behind it.
        let (_, fields) = stat.rsplit_once(") ").context("no name in stat")?;
        if fields.starts_with(wanted) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(mismatch(format!("a server in state {wanted}"), format!("{fields:.1}")));
        }
        // The system does not announce it.
        thread::sleep(Duration::from_micros(200));
    }
}

/// One connection.
struct Player {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Player {
    /// Connects, guesses once, and waits until the server has seen to it.
    fn join(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server.addr(), PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut player = Player { stream, heard: Vec::new() };
        // One after the other: accepted and idle before the guess, idle before the next one comes.
        wait_until(server, 'S')?;
        player.guess(1)?;
        player.hear(1)?;
        wait_until(server, 'S')?;
        Ok(player)
    }

    /// Sends so many guesses at once.
    fn guess(&mut self, times: usize) -> Result<()> {
        self.stream.write_all(GUESS.repeat(times).as_bytes()).context("cannot guess")
    }

    /// Takes the answers to so many guesses.
    fn hear(&mut self, times: usize) -> Result<()> {
        self.heard.resize(ANSWER.len() * times, 0);
        self.stream.read_exact(&mut self.heard).context("no answer")?;
        let is_right = self.heard.chunks(ANSWER.len()).all(|answer| answer == ANSWER.as_bytes());
        ensure!(is_right, "another answer than {ANSWER:?} to {GUESS:?}");
        Ok(())
    }
}
