//! `cargo xtask load`: many clients at once, and what they cost a server.
//!
//! All clients are on one thread of this process. The server is another process, on another core if there are two. The
//! requests never end a game, and every answer is compared with what it must be.

use std::{
    ffi::OsString,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, builder::RangedU64ValueParser};
use kit::{outln, steps::Workspace};
use serde::Serialize;
use serde_json::json;
use suite::{
    bisection,
    client::{Client, PATIENCE},
};

use crate::{
    crowd::{Crowd, Pace},
    progress::Progress,
    results::{Figure, OURS, Results},
    server::{Cores, Program, SERVERS, Subject, Took, is_http, micros},
};

/// The pause before each guess of a single connection, in which the server falls asleep as it would with a person who
/// plays alone. Without it the next guess arrives before that, which flatters slow servers.
const ALONE: Duration = Duration::from_micros(50);

/// How long the clients go on before it counts, at most.
const WARM_UP: Duration = Duration::from_secs(1);

/// How many connections come and go at once: enough that the server need not wait for the clients.
const CHURNING: usize = 32;

/// The last line of every client but the winner.
const GOODBYE: &[u8] = b"Game over! Someone else won.\n";

#[derive(Debug, Args)]
pub struct LoadArgs {
    #[command(subcommand)]
    scenario: Scenario,
    /// The server to build for release, start and measure
    #[arg(long, global = true, value_parser = SERVERS, default_value = OURS)]
    server: String,
    /// Another program to start, with `127.0.0.1:0 86400s` as its arguments
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "server")]
    binary: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand, Serialize)]
#[serde(tag = "scenario", rename_all = "lowercase")]
pub enum Scenario {
    /// Guess and wait for the answers: throughput, latency, and the server's CPU time per guess
    ///
    /// A single connection pauses for 50 µs before each guess, so that the server falls asleep.
    Pingpong(PingPong),
    /// Connect, guess once, and be silent: the server's memory per connection, and its CPU time while idle
    Idle {
        /// How many connections
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = from_one())]
        conns: usize,
        /// For how long the idle server is watched, in seconds
        #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
        secs: f64,
    },
    /// Win while others wait: how long it takes until the last client has its goodbye
    Goodbye {
        /// How many connections besides the winner's
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = from_one())]
        conns: usize,
    },
    /// Connect, guess, and close: the server's CPU time per connection
    Churn {
        /// For how long, in seconds
        #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
        secs: f64,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct PingPong {
    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = from_one())]
    pub conns: usize,
    /// How many guesses each of them sends with one write before it waits for all the answers
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = from_one().range(..=1000))]
    pub depth: usize,
    /// For how long, in seconds
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
    pub secs: f64,
    /// This many guesses instead, besides one per connection, and no warm-up.
    #[arg(skip)]
    #[serde(skip)]
    pub requests: Option<u64>,
}

pub fn run(workspace: &Workspace, args: &LoadArgs) -> Result<()> {
    let program = match &args.binary {
        Some(binary) => {
            let name = binary.file_name().context("--binary takes the path of a program")?;
            let name = name.to_string_lossy().into_owned();
            Program { name, binary: binary.clone() }
        }
        None => Program::build(workspace, &args.server)?,
    };
    let cores = Cores::take()?;
    let progress = Progress::start(1);
    progress.note(&program.name);
    let figures = args.scenario.run(&program, cores, vec![])?;
    drop(progress);
    let mut settings = serde_json::to_value(&args.scenario)?;
    if args.json {
        for (key, _, value) in &figures {
            settings[*key] = json!(value);
        }
        settings["server"] = json!(program.name);
        settings["server_core"] = json!(cores.server);
        settings["client_core"] = json!(cores.client);
        outln!("{settings}");
        return Ok(());
    }
    let server: &'static str = program.name.leak();
    let mut results = Results::new(&[server]);
    for figure in &figures {
        results.add("", (server, 0), figure, &[]);
    }
    let words = settings.to_string().replace(['{', '}', '"'], "").replace(':', " ");
    outln!("{}\n{}\n{}", results.table(), words.replace(',', ", "), cores.text());
    Ok(())
}

impl Scenario {
    fn connections(&self) -> usize {
        match *self {
            Scenario::Pingpong(PingPong { conns, .. })
            | Scenario::Idle { conns, .. }
            | Scenario::Goodbye { conns } => conns,
            // Some are closed, but not gone yet.
            Scenario::Churn { .. } => 2 * CHURNING,
        }
    }

    /// Starts a server, under another program if `under` has words, and measures it.
    pub fn run(
        &self,
        program: &Program,
        cores: Cores,
        under: Vec<OsString>,
    ) -> Result<Vec<Figure>> {
        let depth = if let Scenario::Pingpong(args) = self { args.depth } else { 1 };
        let subject = program.start(cores, self.connections(), under)?;
        let crowd = Crowd::new(subject.addr, program.talk(depth))?;
        match *self {
            Scenario::Pingpong(ref args) => pingpong(args, crowd, &subject),
            Scenario::Idle { conns, secs } => idle(conns, secs, crowd, &subject),
            Scenario::Goodbye { conns } => {
                ensure!(
                    !is_http(&program.name),
                    "only a game has a goodbye, and not an HTTP service"
                );
                goodbye(conns, crowd, subject)
            }
            Scenario::Churn { secs } => churn(secs, crowd, &subject),
        }
    }
}

fn pingpong(args: &PingPong, mut crowd: Crowd, subject: &Subject) -> Result<Vec<Figure>> {
    crowd.join(args.conns)?;
    let pause = if args.conns == 1 { ALONE } else { Duration::ZERO };
    let length = Duration::from_secs_f64(args.secs);
    if args.requests.is_none() {
        crowd.play(Pace { pause, ..Pace::time((length / 4).min(WARM_UP)) })?;
    }
    // The crowd waits for every answer that is counted, so all of the server's work falls into the measurement.
    let ((requests, turns), took) = subject.measure(|| {
        let pace = Pace { pause, ..Pace::time(length) };
        crowd.play(match args.requests {
            Some(left) => Pace { left, until: None, ..pace },
            None => pace,
        })
    })?;
    let cpu = took.server.total / requests as f64;
    let latency = |quantile| turns.value_at_quantile(quantile) as f64 / 1000.0;
    let figures = vec![
        ("cpu_us_per_request", "CPU/request [µs]", cpu),
        ("system_us_per_request", "  of it in the kernel", cpu * took.server.kernel_share),
        ("user_us_per_request", "  of it elsewhere", cpu * (1.0 - took.server.kernel_share)),
        ("throughput", "requests/s", per_second(requests, took.wall)),
        ("requests", "requests", requests as f64),
        ("p50_us", "median latency [µs]", latency(0.5)),
        ("p99_us", "99 % latency [µs]", latency(0.99)),
        ("p999_us", "99.9 % latency [µs]", latency(0.999)),
        ("max_us", "worst latency [µs]", latency(1.0)),
    ];
    Ok([figures, busy(&took).to_vec()].concat())
}

fn idle(conns: usize, secs: f64, mut crowd: Crowd, subject: &Subject) -> Result<Vec<Figure>> {
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
    let each = |all: f64| all / conns as f64;
    Ok(vec![
        ("bytes_per_connection", "bytes/connection", each(after - before)),
        ("rss_before", "memory before [bytes]", before),
        ("rss_after", "memory with them [bytes]", after),
        ("idle_cpu_ms", "idle CPU [ms]", took.server.total / 1000.0),
        ("idle_cpu_percent", "idle CPU [%]", 100.0 * took.server.total / took.wall),
        ("cpu_us_per_join", "CPU/arrival [µs]", each(joined.server.total)),
    ])
}

fn goodbye(conns: usize, mut crowd: Crowd, mut subject: Subject) -> Result<Vec<Figure>> {
    crowd.join(conns)?;
    let mut winner = Client::connect(subject.addr)?;
    subject.settle()?;
    // The system forgets the account with the process, which cannot end before the winner closes its connection.
    let (parting, took) = subject.measure(|| {
        bisection::win(&mut winner)?;
        let won = Instant::now();
        crowd.part(GOODBYE)?;
        Ok(won.elapsed())
    })?;
    winner.expect_rest("")?;
    drop(winner);
    let status = subject.server.wait_exit(PATIENCE)?;
    ensure!(status.success(), "the server ended with {status} after the game");
    Ok(vec![
        ("cpu_us_per_goodbye", "CPU/goodbye [µs]", took.server.total / conns as f64),
        ("goodbye_ms", "last goodbye [ms]", micros(parting) / 1000.0),
    ])
}

fn churn(secs: f64, mut crowd: Crowd, subject: &Subject) -> Result<Vec<Figure>> {
    crowd.join(CHURNING)?;
    let length = Duration::from_secs_f64(secs);
    crowd.play(Pace { reconnects: true, ..Pace::time((length / 4).min(WARM_UP)) })?;
    subject.settle()?;
    let ((cycles, wall), took) = subject.measure(|| {
        let began = Instant::now();
        let (cycles, _) = crowd.play(Pace { reconnects: true, ..Pace::time(length) })?;
        let wall = micros(began.elapsed());
        // The server has yet to close the connections that were closed last.
        subject.settle().map(|()| (cycles, wall))
    })?;
    let cpu = took.server.total / cycles as f64;
    let figures = vec![
        ("cpu_us_per_cycle", "CPU/connection [µs]", cpu),
        ("system_us_per_cycle", "  of it in the kernel", cpu * took.server.kernel_share),
        ("throughput", "connections/s", per_second(cycles, wall)),
        ("cycles", "connections", cycles as f64),
    ];
    Ok([figures, busy(&took).to_vec()].concat())
}

/// How many of them there were in a second of these microseconds.
fn per_second(count: u64, wall: f64) -> f64 {
    (1e6 * count as f64 / wall).round()
}

fn busy(took: &Took) -> [Figure; 2] {
    [
        ("server_busy", "the server is busy [%]", 100.0 * took.server.total / took.wall),
        ("client_busy", "the clients are busy [%]", 100.0 * took.client.total / took.wall),
    ]
}

/// Reads a number from 1 on.
pub fn from_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// Reads a number of seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|&seconds| seconds > 0.0 && seconds <= 3600.0);
    seconds.ok_or("must be a number of seconds above 0 and at most 3600".to_owned())
}
