//! `cargo xtask load`: many clients at once, and what they cost a server.
//!
//! All clients are on one thread of this process. The server is another process, on another core if there are two. The
//! requests never end a game, and every answer is compared with what it must be.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use kit::{outln, steps::Workspace};
use serde_json::{Value, json};
use suite::{
    bisection,
    client::{Client, PATIENCE},
};

use crate::{
    crowd::{Crowd, Pace},
    figures::{Figures, Unit},
    progress::Progress,
    results::Results,
    server::{Cores, Name, Program, Subject, Took, micros},
    talk::Talk,
};

/// The pause before each guess of a single connection, in which the server falls asleep as it would with a person who
/// plays alone. Without it the next guess arrives before that, which flatters slow servers.
const ALONE: Duration = Duration::from_micros(50);

/// How many connections come and go at once: enough that the server need not wait for the clients.
const CHURNING: usize = 32;

/// The last line of every client but the winner.
const GOODBYE: &[u8] = b"Game over! Someone else won.\n";

/// What to measure, and on which server.
#[derive(Debug, Args)]
pub struct LoadArgs {
    #[command(subcommand)]
    scenario: Scenario,
    /// The server to build for release, start and measure
    #[arg(long, global = true, value_enum, default_value_t = Name::Step06)]
    server: Name,
    /// Another program to start, with `127.0.0.1:0 86400s` as its arguments
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "server")]
    binary: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long, global = true)]
    json: bool,
}

/// What the clients do.
#[derive(Debug, Clone, Subcommand)]
pub enum Scenario {
    /// Guess and wait for the answers: throughput, latency, and the server's CPU time per guess
    ///
    /// A single connection pauses for 50 µs before each guess, so that the server falls asleep.
    Pingpong(PingPong),
    /// Connect, guess once, and be silent: the server's memory per connection, and its CPU time while idle
    Idle {
        /// How many connections
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_least_one)]
        conns: usize,
        /// For how long the idle server is watched, in seconds
        #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
        secs: f64,
    },
    /// Win while others wait: how long it takes until the last client has its goodbye
    Goodbye {
        /// How many connections besides the winner's
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_least_one)]
        conns: usize,
    },
    /// Connect, guess, and close: the server's CPU time per connection
    Churn {
        /// For how long, in seconds
        #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
        secs: f64,
    },
}

/// How many connections guess, and how.
#[derive(Debug, Clone, Args)]
pub struct PingPong {
    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub conns: usize,
    /// How many guesses each of them sends with one write before it waits for all the answers
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = depth)]
    pub depth: usize,
    /// For how long, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
    pub secs: f64,
    /// Make this many guesses instead, besides one per connection, and do not warm up
    #[arg(long, value_name = "R", conflicts_with = "secs")]
    pub requests: Option<u64>,
    /// Send HTTP/1.1 requests instead of guesses. Servers such as `http-step06` get them anyway
    #[arg(long)]
    pub http: bool,
}

/// Measures a server, and prints the figures.
pub fn run(workspace: &Workspace, args: &LoadArgs) -> Result<()> {
    let mut scenario = args.scenario.clone();
    match &mut scenario {
        Scenario::Pingpong(pingpong) => pingpong.http |= args.server.is_http(),
        _ => ensure!(!args.server.is_http(), "an HTTP service can only be measured by `pingpong`"),
    }
    let program = match &args.binary {
        Some(binary) => {
            let name = binary.file_name().context("--binary takes the path of a program")?;
            let name = name.to_string_lossy().into_owned();
            Program { name, binary: binary.clone(), is_quiet: false }
        }
        None => args.server.build(workspace)?,
    };
    let cores = Cores::take()?;
    let progress = Progress::start(1);
    progress.note(&program.name);
    let figures = scenario.run(program.start(cores, scenario.connections(), vec![])?)?;
    drop(progress);
    if args.json {
        let mut object = figures.json();
        object.insert("server".to_owned(), json!(program.name));
        object.insert("server_core".to_owned(), json!(cores.server));
        object.insert("client_core".to_owned(), json!(cores.client));
        outln!("{}", Value::Object(object));
        return Ok(());
    }
    let server: &'static str = program.name.leak();
    let mut results = Results::new(&[server]);
    for figure in &figures.figures {
        results.add(("", ""), (server, 0), figure, Some(&[]));
    }
    let settings = figures.settings.iter().map(|(name, value)| match value {
        Value::String(text) => text.clone(),
        value => format!("{name} {value}"),
    });
    outln!("{}\n{}; {}", results.table(), settings.collect::<Vec<_>>().join(", "), cores.text());
    Ok(())
}

impl Scenario {
    /// How many connections there are at once.
    pub fn connections(&self) -> usize {
        match *self {
            Scenario::Pingpong(PingPong { conns, .. })
            | Scenario::Idle { conns, .. }
            | Scenario::Goodbye { conns } => conns,
            // Some are closed, but not gone yet.
            Scenario::Churn { .. } => 2 * CHURNING,
        }
    }

    /// Measures a server that was just started.
    pub fn run(&self, mut subject: Subject) -> Result<Figures> {
        match *self {
            Scenario::Pingpong(ref args) => pingpong(args, &subject),
            Scenario::Idle { conns, secs } => idle(conns, secs, &subject),
            Scenario::Goodbye { conns } => goodbye(conns, &mut subject),
            Scenario::Churn { secs } => churn(secs, &subject),
        }
    }
}

fn pingpong(args: &PingPong, subject: &Subject) -> Result<Figures> {
    let &PingPong { conns, depth, .. } = args;
    let talk = if args.http { Talk::http(depth) } else { Talk::game(depth) };
    let mut crowd = Crowd::new(subject.addr, talk)?;
    crowd.join(conns)?;
    let pause = if conns == 1 { ALONE } else { Duration::ZERO };
    let length = Duration::from_secs_f64(args.secs);
    let pace = |length| Pace { left: u64::MAX, until: Some(Instant::now() + length), pause };
    if args.requests.is_none() {
        crowd.play(pace((length / 4).min(Duration::from_secs(1))))?;
    }
    // The crowd waits for every answer that is counted, so all of the server's work falls into the measurement.
    let ((requests, turns), took) = subject.measure(|| {
        crowd.play(match args.requests {
            Some(left) => Pace { left, until: None, pause },
            None => pace(length),
        })
    })?;
    let mut figures = Figures::new("pingpong", &[("conns", conns), ("depth", depth)]);
    if !pause.is_zero() {
        figures.settings.push(("pause_us", json!(pause.as_micros() as u64)));
    }
    figures.add(
        "cpu_us_per_request",
        "CPU per request",
        took.server.total / requests as f64,
        Unit::Micros,
    );
    for (key, name, quantile) in [
        ("p50_us", "median latency", 0.5),
        ("p99_us", "latency, 99 %", 0.99),
        ("p999_us", "latency, 99.9 %", 0.999),
        ("max_us", "worst latency", 1.0),
    ] {
        let micros = turns.value_at_quantile(quantile) as f64 / 1000.0;
        figures.add(key, name, micros, Unit::Micros);
    }
    add_shares(&mut figures, &took, requests, ["user_us_per_request", "system_us_per_request"]);
    figures.add("requests", "requests", requests as f64, Unit::Count);
    let throughput = (requests as f64 / took.wall.as_secs_f64()).round();
    figures.add("throughput", "requests per second", throughput, Unit::Count);
    Ok(figures)
}

fn idle(conns: usize, secs: f64, subject: &Subject) -> Result<Figures> {
    let mut crowd = Crowd::new(subject.addr, Talk::game(1))?;
    let before = subject.resident()?;
    let ((), joined) = subject.measure(|| {
        crowd.join(conns)?;
        // The last answer does not show what the server does after it.
        subject.settle()
    })?;
    let after = subject.resident()?;
    let length = Duration::from_secs_f64(secs);
    let ((), took) = subject.measure(|| {
        thread::sleep(length);
        Ok(())
    })?;
    let mut figures = Figures::new("idle", &[("conns", conns)]);
    let each = |all: f64| all / conns as f64;
    figures.add("bytes_per_connection", "memory per connection", each(after - before), Unit::Bytes);
    figures.add("rss_before", "memory before", before, Unit::Bytes);
    figures.add("rss_after", "memory with them", after, Unit::Bytes);
    figures.add("idle_cpu_ms", "CPU while idle", took.server.total / 1000.0, Unit::Millis);
    let share = 100.0 * took.server.total / micros(took.wall);
    figures.add("idle_cpu_percent", "CPU while idle", share, Unit::Percent);
    let joining = each(joined.server.total);
    figures.add("cpu_us_per_join", "CPU to connect and guess once", joining, Unit::Micros);
    Ok(figures)
}

fn goodbye(conns: usize, subject: &mut Subject) -> Result<Figures> {
    let mut crowd = Crowd::new(subject.addr, Talk::game(1))?;
    crowd.join(conns)?;
    let mut winner = Client::connect(subject.addr)?;
    subject.settle()?;
    // The system forgets the account with the process, which cannot end before the winner closes its connection.
    let (took, spent) = subject.measure(|| {
        bisection::win(&mut winner)?;
        let won = Instant::now();
        crowd.part(GOODBYE)?;
        Ok(won.elapsed())
    })?;
    winner.expect_rest("")?;
    drop(winner);
    let status = subject.server.wait_exit(PATIENCE)?;
    ensure!(status.success(), "the server ended with {status} after the game");
    let mut figures = Figures::new("goodbye", &[("conns", conns)]);
    let each = spent.server.total / conns as f64;
    figures.add("cpu_us_per_goodbye", "CPU per goodbye", each, Unit::Micros);
    figures.add(
        "goodbye_ms",
        "from the win to the last goodbye",
        micros(took) / 1000.0,
        Unit::Millis,
    );
    Ok(figures)
}

fn churn(secs: f64, subject: &Subject) -> Result<Figures> {
    let mut crowd = Crowd::new(subject.addr, Talk::game(1))?;
    crowd.join(CHURNING)?;
    let length = Duration::from_secs_f64(secs);
    crowd.churn((length / 4).min(Duration::from_millis(500)))?;
    subject.settle()?;
    let ((cycles, wall), took) = subject.measure(|| {
        let began = Instant::now();
        let cycles = crowd.churn(length)?;
        let wall = began.elapsed();
        // The server has yet to close the connections that were closed last.
        subject.settle().map(|()| (cycles, wall))
    })?;
    let mut figures = Figures::new("churn", &[]);
    figures.add(
        "cpu_us_per_cycle",
        "CPU per connection",
        took.server.total / cycles as f64,
        Unit::Micros,
    );
    add_shares(&mut figures, &took, cycles, ["user_us_per_cycle", "system_us_per_cycle"]);
    figures.add("cycles", "connections", cycles as f64, Unit::Count);
    let throughput = (cycles as f64 / wall.as_secs_f64()).round();
    figures.add("throughput", "connections per second", throughput, Unit::Count);
    Ok(figures)
}

/// Adds the server's own part of the CPU time and the kernel's, and how busy both sides were.
fn add_shares(figures: &mut Figures, took: &Took, count: u64, keys: [&'static str; 2]) {
    let each = |spent: f64| spent / count.max(1) as f64;
    figures.add(keys[0], "  in its own code", each(took.server.user), Unit::Micros);
    figures.add(keys[1], "  in the kernel", each(took.server.system), Unit::Micros);
    let busy = |spent: f64| 100.0 * spent / micros(took.wall);
    figures.add("server_busy", "the server is busy", busy(took.server.total), Unit::Percent);
    figures.add("client_busy", "the clients are busy", busy(took.client.total), Unit::Percent);
}

/// Reads a number of connections.
fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or("must be a number from 1 on".to_owned())
}

/// Reads a depth. What is sent at once has to fit into one write.
fn depth(text: &str) -> Result<usize, String> {
    let depth = text.parse().ok().filter(|depth| (1..=1000).contains(depth));
    depth.ok_or("must be a number from 1 to 1000".to_owned())
}

/// Reads a number of seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|&seconds| seconds > 0.0 && seconds <= 3600.0);
    seconds.ok_or("must be a number of seconds above 0 and at most 3600".to_owned())
}
