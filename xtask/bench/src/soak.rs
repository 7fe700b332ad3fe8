//! `cargo xtask soak`: lets clients do everything at once that clients can do to a server, for minutes.
//!
//! Crowds of clients come, play, flood, stall, send lines without an end and vanish, while a quiet client plays on and
//! times every answer. After the crowds have left, memory and descriptors must be what they were after the first crowds.
//! Every client that behaves must get every answer, and SIGTERM must bring the goodbye and exit status 0.

use std::{
    collections::BTreeMap,
    io::Write,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use kit::{cargo, outln, steps::Workspace};
use rustix::process::Signal;
use suite::{SHUTTING_DOWN, client::Client, server::Launch};

use crate::progress::Progress;

#[derive(Debug, Args)]
pub struct SoakArgs {
    /// Soak it for this many minutes; fractions are allowed
    #[arg(long, default_value_t = 10.0, value_name = "M")]
    minutes: f64,
}

/// How often the quiet client asks.
const QUIET_PAUSE: Duration = Duration::from_millis(5);

/// How long to wait after the crowds have left. The server may notice later that a connection has ended.
const REST: Duration = Duration::from_secs(3);

/// How much more memory may be in use after the crowds have left. The allocator keeps some for later.
const MORE_MEMORY: u64 = 4 * 1024 * 1024;

/// A crowd: what its visitors do, one visit, and how many milliseconds it waits until the next one.
type Crowd = (&'static str, fn(SocketAddr) -> Result<()>, u64);

const CROWDS: [Crowd; 9] = [
    ("play and leave", play, 10),
    ("reset mid-line", reset, 2),
    ("half-close", half_close, 20),
    ("connect and go", |addr| Client::connect(addr).map(drop), 20),
    ("byte by byte", byte_by_byte, 10),
    ("flood and read", flood, 100),
    ("flood, never read", never_read, 100),
    ("endless line", endless, 100),
    ("a hundred at once", hundred, 500),
];

#[derive(Debug)]
struct Soaked {
    /// By crowd, how many visits succeeded and how many failed.
    visits: BTreeMap<&'static str, (u64, u64)>,
    /// How many microseconds the quiet client waited for each answer.
    answers: Histogram<u64>,
    problems: Vec<String>,
}

/// Soaks the server and prints the figures. Returns whether all is well.
pub fn run(workspace: &Workspace, args: &SoakArgs) -> Result<bool> {
    let length = Duration::try_from_secs_f64(args.minutes * 60.0)
        .context("--minutes takes a number that is not negative")?;
    let binary = cargo::release(workspace, workspace.step(6)?)?;
    let seconds = format!("{}s", length.as_secs() * 2 + 600);
    let mut server = Launch::new(&binary).args(&[&seconds, "--quiet", "--drain", "2s"]).start()?;
    let process = server.process()?;
    // The first crowds do not count: the server keeps some of the memory that it takes for the first time.
    soak(server.addr(), length.min(Duration::from_secs(5)))?;
    let usage = || Ok::<_, anyhow::Error>((process.memory()?, process.open_files()?.len()));
    let before = usage()?;
    let (began, cpu) = (Instant::now(), process.cpu_time()?);
    let Soaked { visits, answers, mut problems } = soak(server.addr(), length)?;
    let after = usage()?;
    let (wall, cpu) = (began.elapsed(), process.cpu_time()? - cpu);
    let status = process.read("status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();

    let mut last = Client::connect(server.addr())?;
    last.ask("101\n", "Too high!")?;
    server.signal(Signal::TERM)?;
    let goodbye = last.rest()?;
    drop(last);
    let status = server.wait_exit(Duration::from_secs(10))?;
    let stderr = server.log().stderr();

    for (crowd, (_, errors)) in visits.iter().filter(|(_, (_, errors))| *errors > 0) {
        problems.push(format!("{crowd}: {errors} visits failed"));
    }
    for (is_wrong, problem) in [
        (after.0 > before.0 + MORE_MEMORY, "the server kept memory".to_owned()),
        (after.1 > before.1, "the server kept descriptors".to_owned()),
        (goodbye != SHUTTING_DOWN, format!("the last line is {goodbye:?}")),
        (!status.success(), format!("the server ended with {status}")),
        (stderr.contains("panicked"), format!("a panic: {}", stderr.trim())),
    ] {
        problems.extend(is_wrong.then_some(problem));
    }

    outln!("{:<18} {:>9} {:>7}", "crowd", "visits", "errors");
    for (crowd, (successes, errors)) in visits {
        outln!("{crowd:<18} {successes:>9} {errors:>7}");
    }
    let (before_kib, after_kib) = (before.0 / 1024, after.0 / 1024);
    outln!("memory       {before_kib} KiB before, {after_kib} after, {} at most", peak.trim());
    outln!("descriptors  {} before, {} after", before.1, after.1);
    outln!("CPU          {:.1} s in {:.0} s", cpu.as_secs_f64(), wall.as_secs_f64());
    let millis = |quantile| answers.value_at_quantile(quantile) as f64 / 1000.0;
    let [half, most, worst] = [0.5, 0.99, 1.0].map(millis);
    outln!("quiet client {} answers", answers.len());
    outln!("latency      median {half:.2} ms, 99 % {most:.2} ms, worst {worst:.2} ms");
    problems.iter().for_each(|problem| outln!("problem      {problem}"));
    outln!("{}", if problems.is_empty() { "all is well" } else { "something is wrong" });
    Ok(problems.is_empty())
}

/// Lets the crowds in for this long.
fn soak(addr: SocketAddr, length: Duration) -> Result<Soaked> {
    let is_over = AtomicBool::new(false);
    let (visits, answers) = (BTreeMap::new(), Histogram::new_with_max(60_000_000, 3)?);
    let mut soaked = Soaked { visits, answers, problems: vec![] };
    thread::scope(|scope| {
        let crowds = CROWDS.map(|(name, visit, pause)| {
            let is_over = &is_over;
            scope.spawn(move || {
                let (mut successes, mut errors) = (0, 0);
                while !is_over.load(Ordering::Relaxed) {
                    *if visit(addr).is_ok() { &mut successes } else { &mut errors } += 1;
                    thread::sleep(Duration::from_millis(pause));
                }
                (name, (successes, errors))
            })
        });
        let watched = play_quietly(addr, length, &mut soaked);
        is_over.store(true, Ordering::Relaxed);
        for crowd in crowds {
            match crowd.join() {
                Ok((name, counts)) => drop(soaked.visits.insert(name, counts)),
                Err(_) => soaked.problems.push("a crowd panicked".to_owned()),
            }
        }
        watched
    })?;
    thread::sleep(REST);
    Ok(soaked)
}

fn play_quietly(addr: SocketAddr, length: Duration, soaked: &mut Soaked) -> Result<()> {
    let progress = Progress::start(length.as_secs() as usize);
    progress.note(&format!("crowds for {length:?}"));
    let mut quiet = Client::connect(addr)?;
    let (began, mut seconds) = (Instant::now(), 0);
    while began.elapsed() < length {
        let asked = Instant::now();
        match quiet.ask("0\n", "Too low!") {
            Ok(()) => soaked.answers.saturating_record(asked.elapsed().as_micros() as u64),
            Err(error) => {
                soaked.problems.push(format!("the quiet client: {error:#}"));
                quiet = Client::connect(addr)?;
            }
        }
        if began.elapsed().as_secs() > seconds {
            seconds += 1;
            progress.done();
        }
        thread::sleep(QUIET_PAUSE);
    }
    Ok(())
}

fn play(addr: SocketAddr) -> Result<()> {
    let mut client = Client::connect(addr)?;
    for _ in 0..5 {
        client.ask("0\n", "Too low!")?;
        client.ask(" 101 \r\n", "Too high!")?;
        client.ask("one\n", "Invalid input. Please enter a number.")?;
    }
    Ok(())
}

fn reset(addr: SocketAddr) -> Result<()> {
    let mut client = Client::connect(addr)?;
    client.send("0\n10")?;
    client.abort()
}

fn half_close(addr: SocketAddr) -> Result<()> {
    let mut client = Client::connect(addr)?;
    client.send_and_finish("0\n101\n0")?;
    client.expect_rest("Too low!\nToo high!\nToo low!\n")
}

fn byte_by_byte(addr: SocketAddr) -> Result<()> {
    let mut client = Client::connect(addr)?;
    for byte in b"101\n" {
        client.send([*byte])?;
    }
    client.expect_line("Too high!")
}

/// Sends many lines at once and reads all the answers.
fn flood(addr: SocketAddr) -> Result<()> {
    const LINES: usize = 50_000;
    let mut client = Client::connect(addr)?;
    let mut writer = client.writer()?;
    thread::scope(|scope| {
        let sending = scope.spawn(move || writer.write_all("0\n".repeat(LINES).as_bytes()));
        for answered in 0..LINES {
            client.expect_line("Too low!").with_context(|| format!("after {answered} answers"))?;
        }
        Ok(sending.join().expect("the sender does not panic")?)
    })
}

/// Sends lines until the server takes no more, and leaves.
fn never_read(addr: SocketAddr) -> Result<()> {
    let client = Client::connect(addr)?.buffer(4096)?;
    let mut writer = client.writer()?;
    writer.set_write_timeout(Some(Duration::from_millis(500)))?;
    let mut sent = 0;
    let lines = "x\n".repeat(4096);
    while let Ok(length) = writer.write(lines.as_bytes()) {
        sent += length;
        ensure!(sent < 256 << 20, "the server reads on although the client takes no answers");
    }
    Ok(())
}

fn endless(addr: SocketAddr) -> Result<()> {
    let mut client = Client::connect(addr)?;
    for _ in 0..64 {
        client.send([b'7'; 16 * 1024])?;
    }
    client.expect_line("Invalid input. Please enter a number.")?;
    client.ask("\n0\n", "Too low!")
}

fn hundred(addr: SocketAddr) -> Result<()> {
    let clients = (0..100).map(|_| Client::connect(addr)).collect::<Result<Vec<_>>>();
    let mut clients = clients?;
    clients.iter_mut().try_for_each(|client| client.send("0\n"))?;
    clients.iter_mut().try_for_each(|client| client.expect_line("Too low!"))
}
