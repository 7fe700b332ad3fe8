//! Rules about what is answered to what.

use std::time::Duration;

use anyhow::Result;

use super::{Case, Ctx};
use crate::client::Client;

/// What is said to what is no guess.
pub const INVALID: &str = "Invalid input. Please enter a number.";

/// The cases of this part.
pub const CASES: &[Case] = &[
    Case::new(1, "a number below every target is too low, one above too high", low_and_high),
    Case::new(1, "anything but a number is invalid input, and the game goes on", invalid),
    Case::new(1, "blanks around the number are ignored", blanks),
    Case::new(1, "the server speaks only in answer", speaks_only_in_answer),
];

fn low_and_high(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    client.ask("0\n", "Too low!")?;
    client.ask("101\n", "Too high!")?;
    client.ask(format!("{}\n", usize::MAX), "Too high!")
}

fn invalid(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    let too_big = format!("{}0\n", usize::MAX);
    for line in [
        &b"\n"[..],
        b"\r\n",
        b"   \n",
        b"words\n",
        b"fifty\n",
        b"-3\n",
        b"1.5\n",
        b"5 5\n",
        b"5,\n",
        b"0x10\n",
        b"1e1\n",
        b"\0\n",
        b"0\0\n",
        b"\xff\xfe\n",
        b"0\xff\n",
        "\u{0660}\n".as_bytes(),
        b"99999999999999999999999999999999999999999999\n",
        too_big.as_bytes(),
    ] {
        client.ask(line, INVALID)?;
        client.ask("0\n", "Too low!")?;
    }
    Ok(())
}

fn blanks(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let mut client = Client::connect(server.addr())?;
    for line in ["0\r\n", " 0\n", "0 \n", "\t0\t\r\n", "    0    \n"] {
        client.ask(line, "Too low!")?;
    }
    client.ask(" 101 \r\n", "Too high!")
}

fn speaks_only_in_answer(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let quiet = Duration::from_millis(100);
    let mut client = Client::connect(server.addr())?;
    client.expect_silence(quiet)?;
    client.send("10")?;
    client.expect_silence(quiet)?;
    client.ask("1\n", "Too high!")?;
    client.expect_silence(quiet)
}
