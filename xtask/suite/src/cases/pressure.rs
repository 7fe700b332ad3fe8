//! Rules about clients that send more than they should.

use std::{
    io::Write,
    process,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Case, Ctx, answers::INVALID, ending, idle};
use crate::{
    client::{Client, PATIENCE},
    server::{Process, Server},
};
use kit::verdict::ensure;

/// How much more memory the server may occupy because of one client.
const MORE: u64 = 8 * 1024 * 1024;

/// How long an answer may take while other clients flood: in CPU time that the server uses before it answers, and, for the
/// typical answer, in elapsed time. The elapsed time of a single answer says little on a busy machine.
const PROMPT: Duration = Duration::from_millis(50);

/// The name of the threads that flood.
const FLOOD: &str = "flood";

pub(super) const CASES: &[Case] = &[
    Case::new(1, "a million lines from a client that never reads take bounded memory", never_reads),
    Case::new(
        6,
        "while a client sends a million lines and never reads, others are answered within milliseconds",
        prompt_beside_never_reading,
    )
    .alone(),
    Case::new(6, "a line without an end takes bounded memory", endless_line),
    Case::new(6, "a line over 1 KiB is answered once as invalid input, and skipped", long_lines),
    Case::new(6, "while clients flood, others are answered within milliseconds", floods).alone(),
];

/// Sends the same bytes this many times on a thread of its own, until it is done or the connection fails. The thread
/// returns how often it sent them.
pub fn flood(client: &Client, bytes: &'static [u8], times: usize) -> Result<JoinHandle<usize>> {
    let mut writer = client.writer()?;
    let send = move || (0..times).take_while(|_| writer.write_all(bytes).is_ok()).count();
    Ok(thread::Builder::new().name(FLOOD.to_owned()).spawn(send)?)
}

/// Waits until the process rests: until its threads sleep and use no CPU.
pub fn settle(process: &Process) -> Result<()> {
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut before = process.thread_times()?;
    let mut quiet = 0;
    while quiet < 3 {
        // The system has no event for a process that comes to rest.
        thread::sleep(Duration::from_millis(100));
        let now = process.thread_times()?;
        // On a busy machine a thread may use no CPU because it waits for a core.
        quiet = if now == before && process.is_asleep()? { quiet + 1 } else { 0 };
        before = now;
        ensure(Instant::now() < deadline, "the server comes to rest", "it does not")?;
    }
    Ok(())
}

/// Waits until the memory of the process does not change any more, although `client` floods. Unlike [`settle`], this works
/// for step 02, which uses the CPU all the time. The answers to `other` show that the process has had its turn.
///
/// On a busy machine the memory stays the same for two more reasons. The thread that floods or one of the server's waits
/// for a core. Or the bytes are still under way: a client that never reads makes the kernel drop the server's
/// acknowledgements together with its answers, so the rest of the flood arrives only when it is sent again, and the kernel
/// waits twice as long before each new attempt. So then the memory has to stay the same for ten seconds.
pub fn settle_memory(process: &Process, client: &Client, other: &mut Client) -> Result<()> {
    let own = Process::of(process::id())?;
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut before = process.memory()?;
    let (mut same, mut resting) = (0, 0);
    while resting < 5 && same < 100 {
        let (server_times, own_times) = (process.thread_times()?, own.thread_times()?);
        thread::sleep(Duration::from_millis(100));
        other.ask("0\n", "Too low!").context("a client beside the one that never reads")?;
        let is_starved =
            process.is_starved(None, &server_times)? || own.is_starved(Some(FLOOD), &own_times)?;
        let held = process.held(client.addr()?)?;
        let can_go_on = is_starved || (held.under_way > 0 && held.unread == 0);
        let now = process.memory()?;
        same = if now == before { same + 1 } else { 0 };
        resting = if now == before && !can_go_on { resting + 1 } else { 0 };
        before = now;
        // The caller checks how much memory it is. If that changes by a few pages even now, wait no longer.
        if Instant::now() > deadline {
            break;
        }
    }
    Ok(())
}

/// Checks that the process occupies not much more memory than before.
pub fn is_bounded(process: &Process, before: u64) -> Result<()> {
    let more = process.memory()?.saturating_sub(before);
    ensure(
        more <= MORE,
        format!("at most {} KiB more memory", MORE / 1024),
        format!("{} KiB more", more / 1024),
    )
}

/// Asks again and again for half a second, and checks that the answers are prompt.
pub fn is_prompt(process: &Process, client: &mut Client) -> Result<()> {
    let cpu_time = || Ok::<Duration, anyhow::Error>(process.thread_times()?.values().sum());
    let mut most = Duration::ZERO;
    let mut elapsed = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        let (asked, before) = (Instant::now(), cpu_time()?);
        client.ask("0\n", "Too low!").context("a client beside the flood")?;
        elapsed.push(asked.elapsed());
        most = most.max(cpu_time()?.saturating_sub(before));
    }
    elapsed.sort_unstable();
    let typical = elapsed[elapsed.len() / 2];
    ensure(
        most < PROMPT,
        format!("at most {PROMPT:?} of the server's CPU time until an answer"),
        format!("{most:?}"),
    )?;
    ensure(
        typical < PROMPT,
        format!("half of the answers within {PROMPT:?}"),
        format!("half of the answers within {typical:?}"),
    )
}

fn never_reads(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let mut other = idle::player(&server)?;
    let process = server.process()?;
    let before = process.memory()?;
    // The shortest lines with the longest answers.
    let client = Client::connect(server.addr())?;
    let sending = flood(&client, &[b'\n'; 1000], 1000)?;
    settle_memory(&process, &client, &mut other)?;
    is_bounded(&process, before)?;
    other.ask("101\n", "Too high!")?;
    client.abort()?;
    let _ = sending.join();
    ending::win(&mut other)
}

fn prompt_beside_never_reading(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let mut other = idle::player(&server)?;
    let client = Client::connect(server.addr())?;
    let sending = flood(&client, &[b'\n'; 1000], 1000)?;
    let prompt = is_prompt(&server.process()?, &mut other);
    client.abort()?;
    let _ = sending.join();
    prompt
}

fn endless_line(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let process = server.process()?;
    let mut client = idle::player(&server)?;
    let before = process.memory()?;
    let sending = flood(&client, &[b'7'; 64 * 1024], 512)?;
    let sent = sending.join().expect("the sender does not panic");
    ensure(sent == 512, "the server takes in 32 MiB", format!("{} KiB", sent * 64))?;
    is_bounded(&process, before)?;
    client.ask("\n", INVALID)?;
    client.ask("0\n", "Too low!")
}

fn long_lines(ctx: &Ctx<'_>) -> Result<()> {
    let (_server, mut client) = ctx.game()?;
    let blanks = |length: usize| " ".repeat(length - 2) + "0\n";
    client.ask(blanks(1023), "Too low!").context("a line of 1,023 bytes")?;
    for length in [1026, 1100, 5000, 100_000] {
        client.ask(blanks(length), INVALID).with_context(|| format!("a line of {length} bytes"))?;
        client
            .ask("101\n", "Too high!")
            .with_context(|| format!("the line after one of {length} bytes"))?;
    }
    client.send(blanks(3000).repeat(2) + "0\n")?;
    for answer in [INVALID, INVALID, "Too low!"] {
        client.expect_line(answer)?;
    }
    // The end of the file ends such a line too.
    client.send(" ".repeat(2000))?;
    client.finish()?;
    client.expect_rest(&format!("{INVALID}\n"))
}

fn floods(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("120s", &[])?;
    let mut quiet = idle::player(&server)?;
    let flooding: Vec<_> = (0..4).map(|_| flood_and_read(&server)).collect::<Result<Vec<_>>>()?;
    let prompt = is_prompt(&server.process()?, &mut quiet);
    for (client, threads) in flooding {
        client.shut_down();
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
    prompt
}

/// Connects a client that sends lines all the time, and reads the answers. Returns it with its two threads.
pub fn flood_and_read(server: &Server) -> Result<(Client, [JoinHandle<usize>; 2])> {
    let client = Client::connect(server.addr())?;
    let sending = flood(&client, &[b'\n'; 1000], usize::MAX)?;
    let mut reader = client.writer()?;
    let reading = thread::spawn(move || {
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap_or(0) as usize
    });
    Ok((client, [sending, reading]))
}
