//! Calls that transfer only some of their bytes.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::scene::{Scene, occurred};
use kit::verdict::ensure;
use suite::{Case, Ctx, INVALID, client::Client, pressure};

/// The cases of this part.
pub const CASES: &[Case] = &[Case::new(
    6,
    "sendto and recvfrom move only some bytes: the same answers, byte for byte",
    short,
)];

/// How often the client sends the lines before it reads an answer: more than the buffers between the two hold.
const TIMES: usize = 80_000;

/// The lines. Most are the shortest lines with the longest answers, so that the server writes much at once.
const LINES: &str = "\n\n\n\n\n\n\n0\n101\n";

/// Makes the client's system hold as little as it can in a direction, which is a few KiB.
const LITTLE: usize = 1;

/// How many bytes of the answers the client reads one by one.
const SLOWLY: usize = 500;

fn short(ctx: &Ctx<'_>) -> Result<()> {
    let mut scene = Scene::start(ctx, "recvfrom,sendto", None)?;
    let pipelining = Client::connect(scene.addr())?.send_buffer(LITTLE)?;
    let (mut writer, mut reader) = (pipelining.writer()?, pipelining.writer()?);
    reader.set_read_timeout(Some(suite::client::PATIENCE))?;
    let sending = thread::spawn(move || writer.write_all(LINES.repeat(TIMES).as_bytes()));
    // Wait until the server cannot write any more.
    pressure::settle(&scene.parts().0.process()?)?;
    let trickled = trickle(&mut scene)?;

    let invalid = format!("{INVALID}\n").repeat(7);
    let expected = format!("{invalid}Too low!\nToo high!\n").repeat(TIMES).into_bytes();
    let mut got = vec![0; expected.len()];
    let (slowly, rest) = got.split_at_mut(SLOWLY);
    for byte in slowly.chunks_mut(1) {
        reader.read_exact(byte).context("the client that pipelines")?;
    }
    for part in rest.chunks_mut(1024 * 1024) {
        reader.read_exact(part).context("the client that pipelines")?;
        // Meanwhile the server fills the buffers again.
        thread::sleep(Duration::from_millis(30));
    }
    ensure(got == expected, format!("{TIMES} times the answers to {LINES:?}"), "other answers")?;
    sending.join().expect("the sender does not panic").context("cannot send them all")?;
    scene.join(pipelining);

    let calls = scene.end()?;
    let short = calls.short("sendto");
    occurred(short, 1).context("sendto that moves less than it could")?;
    let single = calls.count(|call| call.contains("recvfrom(") && call.ends_with(" = 1"));
    occurred(single, trickled).context("recvfrom that gets a single byte")?;
    let happened = format!("{short} short writes; {single} reads of a byte");
    ctx.found(short + single, happened, "nothing");
    Ok(())
}

/// Sends a few lines byte by byte. Returns how many bytes the server has read alone.
fn trickle(scene: &mut Scene) -> Result<usize> {
    let mut client = Client::connect(scene.addr())?.buffer(LITTLE)?.send_buffer(LITTLE)?;
    let lines = b"0\n101\n\nwords\r\n0\r\n 101 \n";
    for byte in lines {
        client.send([*byte])?;
        // By the time of these answers the server has read the byte.
        scene.round()?;
    }
    client.finish()?;
    client.expect_rest(&format!(
        "Too low!\nToo high!\n{INVALID}\n{INVALID}\nToo low!\nToo high!\n"
    ))?;
    Ok(lines.len())
}
