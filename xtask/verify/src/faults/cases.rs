//! Faults of a server that plays.

use std::{
    io::{ErrorKind, Read, Write},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use kit::verdict::{ensure, mismatch};
use rustix::process::Signal;
use suite::{
    Case, Ctx, INVALID, SHUTTING_DOWN,
    client::PATIENCE,
    pressure,
    server::Streams,
    strace::{Calls, Trace},
    warnings,
};

use super::scene::{Scene, after_the_start, occurred, round};

// The slowest comes first, so that the others run beside it.
pub const CASES: &[Case] = &[
    Case::new(
        6,
        "sendto and recvfrom move only some bytes: the same answers, byte for byte",
        short,
    ),
    Case::new(6, "recvfrom fails with EINTR: it is called again", |ctx| {
        interrupted(ctx, "recvfrom", BEFORE_THE_SIGNAL, 10, 30)
    }),
    Case::new(6, "sendto fails with EINTR: it is called again", |ctx| {
        interrupted(ctx, "sendto", BEFORE_THE_SIGNAL, 10, 30)
    }),
    Case::new(6, "recvfrom fails with ECONNRESET: that connection ends", |ctx| {
        breaks(ctx, "recvfrom", "ECONNRESET", "Connection reset")
    }),
    Case::new(6, "recvfrom fails with ETIMEDOUT: that connection ends", |ctx| {
        breaks(ctx, "recvfrom", "ETIMEDOUT", "timed out")
    }),
    Case::new(6, "sendto fails with EPIPE: that connection ends", |ctx| {
        breaks(ctx, "sendto", "EPIPE", "Broken pipe")
    }),
    Case::new(6, "sendto fails with ECONNRESET: that connection ends", |ctx| {
        breaks(ctx, "sendto", "ECONNRESET", "Connection reset")
    }),
    Case::new(6, "a goodbye fails with EPIPE: every other client gets its own", goodbye),
    Case::new(
        6,
        "epoll_ctl fails with ENOMEM: that client is cut off, the next one gets in",
        |ctx| cannot_register(ctx, "ENOMEM"),
    ),
    Case::new(
        6,
        "epoll_ctl fails with ENOSPC: that client is cut off, the next one gets in",
        |ctx| cannot_register(ctx, "ENOSPC"),
    ),
    Case::new(6, "epoll_wait fails with EINTR: it is called again", |ctx| {
        interrupted(ctx, WAIT, "2+2", 20, 20)
    }),
    Case::new(6, "epoll_wait fails with EINVAL: the server reports it and ends", wait_fails),
    Case::new(6, "SIGSTOP and SIGCONT interrupt epoll_wait: no client notices", stopped),
    Case::new(6, "accept4 fails with EMFILE: one warning, and newcomers wait", |ctx| {
        accepted(ctx, "EMFILE", Some(5))
    }),
    Case::new(6, "accept4 fails with ENFILE: one warning, and newcomers wait", |ctx| {
        accepted(ctx, "ENFILE", Some(5))
    }),
    Case::new(6, "accept4 fails with ENOMEM: one warning, and newcomers wait", |ctx| {
        accepted(ctx, "ENOMEM", Some(5))
    }),
    Case::new(6, "accept4 fails with ENOBUFS: one warning, and newcomers wait", |ctx| {
        accepted(ctx, "ENOBUFS", Some(5))
    }),
    Case::new(6, "accept4 fails with ECONNABORTED: the next client is accepted at once", |ctx| {
        accepted(ctx, "ECONNABORTED", None)
    }),
    Case::new(6, "accept4 fails with EINTR: it is called again at once", |ctx| {
        accepted(ctx, "EINTR", None)
    }),
    Case::new(6, "stdout and stderr are closed from the start", |ctx| {
        // Another file was opened in their place.
        unheard(ctx, Streams::Closed, |call| call.contains("POLLNVAL"))
    }),
    Case::new(6, "stdout and stderr are on a full disk", |ctx| {
        unheard(ctx, Streams::Full, |call| call.contains("= -1 ENOSPC"))
    }),
    Case::new(6, "stdout and stderr are broken pipes", |ctx| {
        unheard(ctx, Streams::Broken, |call| call.contains("= -1 EPIPE"))
    }),
    Case::new(6, "stderr is a full pipe that is never read", |ctx| {
        unheard(ctx, Streams::StuckStderr, is_stuck)
    }),
];

/// Which calls fail where the faults have to stop before the signal, because its handler sends a byte too, and a real
/// signal cannot interrupt that.
const BEFORE_THE_SIGNAL: &str = "4..63+2";

/// The system call by which the poller waits, as each architecture names it.
const WAIT: &str = "?epoll_wait,?epoll_pwait";

/// How long a server needs at most where a failure must not cost it a pause. Ten pauses take a second.
const NO_PAUSE: Duration = Duration::from_millis(700);

/// How often a call fails where a failure must not cost a pause.
const TIMES: usize = 10;

/// How many stops have to interrupt a wait.
const INTERRUPTED: usize = 20;

/// Interrupts every second one of these calls while the bystanders play some rounds.
fn interrupted(ctx: &Ctx<'_>, call: &str, when: &str, rounds: usize, times: usize) -> Result<()> {
    let mut scene = Scene::start(ctx.launch(), call, Some(("EINTR", when)))?;
    for _ in 0..rounds {
        scene.round()?;
    }
    scene.end_after(times)
}

fn breaks(ctx: &Ctx<'_>, call: &str, error: &str, words: &str) -> Result<()> {
    let when = after_the_start(ctx, call, 0, 1)?;
    let mut scene = Scene::start(ctx.launch(), call, Some((error, &when)))?;
    let mut target = scene.client()?;
    target.send("0\n")?;
    let rest = target.try_rest();
    let ended = match &rest {
        Ok(rest) => rest.is_empty(),
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    };
    ensure(ended, "the end of that client's connection, or a reset", format!("{rest:?}"))?;
    scene.round()?;
    let prints = |text: &str| text.lines().any(|line| line.contains(words));
    let log = scene.server.log();
    log.wait_until(PATIENCE, |said| prints(&String::from_utf8_lossy(&said.stderr)));
    ensure(prints(&log.stderr()), format!("a line on stderr with {words:?}"), log.stderr())?;
    scene.end_after(1)
}

fn goodbye(ctx: &Ctx<'_>) -> Result<()> {
    // After the answers the signal handler sends a byte; then come the goodbyes.
    let when = after_the_start(ctx, "sendto", 1, 1)?;
    let mut scene = Scene::start(ctx.launch(), "sendto", Some(("EPIPE", &when)))?;
    scene.server.signal(Signal::TERM)?;
    let mut lost = 0;
    for client in &mut scene.bystanders {
        match client.rest().context("a client at the end")?.as_str() {
            SHUTTING_DOWN => {}
            "" => lost += 1,
            other => return Err(mismatch(format!("{SHUTTING_DOWN:?}"), format!("{other:?}"))),
        }
    }
    ensure(lost == 1, "one client without a last line", format!("{lost}"))?;
    occurred(scene.leave()?.injected(), 1)
}

fn cannot_register(ctx: &Ctx<'_>, error: &str) -> Result<()> {
    let when = after_the_start(ctx, "epoll_ctl", 0, TIMES)?;
    let mut scene = Scene::start(ctx.launch(), "epoll_ctl", Some((error, &when)))?;
    let began = Instant::now();
    for _ in 0..TIMES {
        scene.client()?.expect_rest("").context("a client that could not be registered")?;
    }
    let mut newcomer = scene.client()?;
    newcomer.ask("0\n", "Too low!").context("the newcomer")?;
    let took = began.elapsed();
    scene.bystanders.push(newcomer);
    ensure(took < NO_PAUSE, "the newcomer gets in without a pause", format!("after {took:?}"))?;
    ends(scene, TIMES, 0)
}

/// Lets a newcomer connect while accept fails, `pauses` times with a pause and `TIMES` times without.
fn accepted(ctx: &Ctx<'_>, error: &str, pauses: Option<u32>) -> Result<()> {
    let times = pauses.map_or(TIMES, |pauses| pauses as usize);
    let when = after_the_start(ctx, "accept4", 0, times)?;
    let mut scene = Scene::start(ctx.launch(), "accept4", Some((error, &when)))?;
    let began = Instant::now();
    let mut newcomer = scene.client()?;
    newcomer.send("0\n")?;
    scene.round()?;
    newcomer.expect_line("Too low!").context("the newcomer")?;
    let took = began.elapsed();
    scene.bystanders.push(newcomer);
    let bounds = match pauses {
        Some(pauses) => Duration::from_millis(100) * (pauses - 1)..PATIENCE / 2,
        None => Duration::ZERO..NO_PAUSE,
    };
    ensure(bounds.contains(&took), format!("the newcomer waits {bounds:?}"), format!("{took:?}"))?;
    ends(scene, times, usize::from(pauses.is_some()))
}

/// Ends a scene in which a newcomer got in after some failures.
fn ends(scene: Scene, times: usize, warned: usize) -> Result<()> {
    let got = warnings(scene.server.log());
    ensure(got == warned, format!("{warned} warnings on stderr"), format!("{got} warnings"))?;
    scene.end_after(times)
}

fn wait_fails(ctx: &Ctx<'_>) -> Result<()> {
    let (trace, under) = Trace::new(WAIT, Some(("EINVAL", "1+")))?;
    // A server that tried again for ever would end with status 0 after a second.
    let mut server = ctx.launch().under(under).args(&["1s"]).spawn()?;
    let status = server.wait_exit(PATIENCE)?;
    let stderr = server.log().stderr();
    let words = "cannot wait for events";
    ensure(
        // The status of a program that panicked.
        status.code() == Some(101) && stderr.contains(words),
        format!("status 101, and {words:?} on stderr"),
        format!("{status}, stderr {stderr:?}"),
    )?;
    occurred(trace.calls()?.injected(), 1)
}

fn stopped(ctx: &Ctx<'_>) -> Result<()> {
    let interrupted = |calls: Calls| calls.count(|call| call.contains("= -1 EINTR"));
    let mut scene = Scene::start(ctx.launch(), WAIT, None)?;
    let deadline = Instant::now() + PATIENCE;
    // Only stops while the server waits count, and on a busy machine that is a matter of chance.
    while interrupted(scene.calls()?) < INTERRUPTED && Instant::now() < deadline {
        let Scene { server, bystanders, .. } = &mut scene;
        thread::scope(|scope| {
            let playing = scope.spawn(|| round(bystanders));
            while !playing.is_finished() {
                server.signal(Signal::STOP)?;
                thread::sleep(Duration::from_millis(1));
                server.signal(Signal::CONT)?;
                thread::sleep(Duration::from_millis(4));
            }
            playing.join().expect("the players do not panic")
        })?;
    }
    occurred(interrupted(scene.end()?), INTERRUPTED)
}

/// Lets calls transfer only some of their bytes.
fn short(ctx: &Ctx<'_>) -> Result<()> {
    // Most are the shortest lines with the longest answers, and all of them are more than the buffers between the two
    // hold, because each system holds as little as it can, which is a few KiB.
    let (lines, times, little) = ("\n\n\n\n\n\n\n0\n101\n", 80_000, 1);
    let mut scene = Scene::start(ctx.launch(), "recvfrom,sendto", None)?;
    let pipelining = scene.client()?.send_buffer(little)?;
    let (mut writer, mut reader) = (pipelining.writer()?, pipelining.writer()?);
    reader.set_read_timeout(Some(PATIENCE))?;
    let sending = thread::spawn(move || writer.write_all(lines.repeat(times).as_bytes()));
    // Wait until the server cannot write any more.
    pressure::settle(&scene.server.process()?)?;
    // Another client sends a few lines byte by byte. When the bystanders have their answers, the server has read the
    // byte.
    let mut client = scene.client()?.buffer(little)?.send_buffer(little)?;
    let trickled = b"0\n101\n\nwords\r\n0\r\n 101 \n";
    for byte in trickled {
        client.send([*byte])?;
        scene.round()?;
    }
    client.finish()?;
    let answers = format!("Too low!\nToo high!\n{INVALID}\n{INVALID}\nToo low!\nToo high!\n");
    client.expect_rest(&answers)?;

    let invalid = format!("{INVALID}\n").repeat(7);
    let expected = format!("{invalid}Too low!\nToo high!\n").repeat(times).into_bytes();
    let mut got = vec![0; expected.len()];
    let (slowly, rest) = got.split_at_mut(500);
    for byte in slowly.chunks_mut(1) {
        reader.read_exact(byte).context("the client that pipelines")?;
    }
    for part in rest.chunks_mut(1024 * 1024) {
        reader.read_exact(part).context("the client that pipelines")?;
        // Meanwhile the server fills the buffers again.
        thread::sleep(Duration::from_millis(30));
    }
    ensure(got == expected, format!("{times} times the answers to {lines:?}"), "other answers")?;
    sending.join().expect("the sender does not panic").context("cannot send them all")?;
    scene.bystanders.push(pipelining);

    let calls = scene.end()?;
    let short = calls.short("sendto");
    ensure(short > 0, "a sendto that moves less than it could", "none")?;
    let single = calls.count(|call| call.contains("recvfrom(") && call.ends_with(" = 1"));
    occurred(single, trickled.len())
}

/// Causes many log lines, and counts the calls that failed to write one.
fn unheard(ctx: &Ctx<'_>, streams: Streams, failed: fn(&str) -> bool) -> Result<()> {
    let mut scene = Scene::start(ctx.launch().streams(streams), "?poll,?ppoll,write", None)?;
    for number in 0..10 {
        let mut client = scene.client()?;
        client.ask("0\n", "Too low!")?;
        if number % 2 == 0 {
            client.abort()?;
        }
        scene.round()?;
    }
    // A server may give up on a stream after its first error.
    occurred(scene.end()?.count(failed), 1)
}

/// Whether a call found no room in stderr. The server may ask for room first, or try to write.
fn is_stuck(call: &str) -> bool {
    (call.contains("fd=2") && call.ends_with("= 0 (Timeout)"))
        || (call.contains("write(") && call.contains("= -1 EAGAIN"))
}
