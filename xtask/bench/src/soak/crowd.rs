//! What the crowds do. A visit is one connection, or a few.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};

use suite::client::Client;

/// One kind of visitor.
#[derive(Debug)]
pub struct Crowd {
    /// What its visitors do, in a word or two.
    pub name: &'static str,
    /// One visit.
    pub visit: fn(SocketAddr) -> Result<()>,
    /// How long the crowd waits until its next visit. A port that was used is not free again at once.
    pub pause: Duration,
}

/// All crowds.
pub const CROWDS: [Crowd; 9] = [
    Crowd { name: "play and leave", visit: play, pause: Duration::from_millis(10) },
    Crowd { name: "reset mid-line", visit: reset, pause: Duration::from_millis(2) },
    Crowd { name: "half-close", visit: half_close, pause: Duration::from_millis(20) },
    Crowd { name: "connect and go", visit: touch, pause: Duration::from_millis(20) },
    Crowd { name: "byte by byte", visit: byte_by_byte, pause: Duration::from_millis(10) },
    Crowd { name: "flood and read", visit: flood, pause: Duration::from_millis(100) },
    Crowd { name: "flood, never read", visit: never_read, pause: Duration::from_millis(100) },
    Crowd { name: "endless line", visit: endless, pause: Duration::from_millis(100) },
    Crowd { name: "a hundred at once", visit: hundred, pause: Duration::from_millis(500) },
];

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

fn touch(addr: SocketAddr) -> Result<()> {
    Client::connect(addr).map(drop)
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
    let sending = std::thread::spawn(move || {
        std::io::Write::write_all(&mut writer, "0\n".repeat(LINES).as_bytes())
    });
    for answered in 0..LINES {
        client.expect_line("Too low!").with_context(|| format!("after {answered} answers"))?;
    }
    sending.join().expect("the sender panicked")?;
    Ok(())
}

/// Sends lines until the server takes no more, and leaves.
fn never_read(addr: SocketAddr) -> Result<()> {
    let client = Client::connect(addr)?.buffer(4096)?;
    let mut writer = client.writer()?;
    writer.set_write_timeout(Some(Duration::from_millis(500)))?;
    let mut sent = 0;
    let lines = "x\n".repeat(4096);
    while let Ok(length) = std::io::Write::write(&mut writer, lines.as_bytes()) {
        sent += length;
        ensure!(
            sent < 256 * 1024 * 1024,
            "the server reads on although the client does not take its answers"
        );
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
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(Client::connect(addr)?);
    }
    for client in &mut clients {
        client.send("0\n")?;
    }
    for client in &mut clients {
        client.expect_line("Too low!")?;
    }
    Ok(())
}
