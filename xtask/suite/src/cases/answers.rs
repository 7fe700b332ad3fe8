//! Rules about which line gets which answer.

use std::time::Duration;

use anyhow::Result;

use super::{Case, Ctx};
use crate::client::Client;

/// The answer to a line that is not a number.
pub const INVALID: &str = "Invalid input. Please enter a number.";

pub(super) const CASES: &[Case] = &[
    Case::new(1, "a number below the target is too low, a number above it too high", low_and_high),
    Case::new(1, "any other line is invalid input, and the game goes on", invalid),
    Case::new(1, "a number is ASCII digits only: no sign, no Unicode blanks", digits_only),
    Case::new(1, "blanks around a number are ignored", blanks),
    Case::new(1, "the server writes only in answer to a line", writes_only_in_answer),
];

fn low_and_high(ctx: &Ctx<'_>) -> Result<()> {
    let (_server, mut client) = ctx.game()?;
    client.ask("0\n", "Too low!")?;
    client.ask("101\n", "Too high!")?;
    client.ask(format!("{}\n", usize::MAX), "Too high!")?;
    // Zeros in front do not change a number, and do not make it too large.
    client.ask(format!("{}\n", "0".repeat(60)), "Too low!")?;
    client.ask(format!("{}101\n", "0".repeat(60)), "Too high!")
}

/// Checks that each line is invalid input, and that a number after it is answered as before.
fn all_invalid(ctx: &Ctx<'_>, lines: &[&[u8]]) -> Result<()> {
    let (_server, mut client) = ctx.game()?;
    for line in lines {
        client.ask(line, INVALID)?;
        client.ask("0\n", "Too low!")?;
    }
    Ok(())
}

fn invalid(ctx: &Ctx<'_>) -> Result<()> {
    let too_big = format!("{}0\n", usize::MAX);
    all_invalid(
        ctx,
        &[
            b"\n",
            b"\r\n",
            b"   \n",
            b"\t\n",
            b"words\n",
            b"fifty\n",
            b"-3\n",
            b"-0\n",
            b"1.5\n",
            b"5 5\n",
            b"5\t5\n",
            b"5,\n",
            b"0x10\n",
            b"1e1\n",
            b"1_0\n",
            b"\0\n",
            b"0\0\n",
            b"\xff\xfe\n",
            b"0\xff\n",
            b"99999999999999999999999999999999999999999999\n",
            too_big.as_bytes(),
        ],
    )
}

fn digits_only(ctx: &Ctx<'_>) -> Result<()> {
    // Each of these is a number for some function of the standard library: `usize::from_str` takes a plus sign,
    // `str::trim` removes Unicode blanks, `trim_ascii` removes form feeds and carriage returns.
    let lines = [
        "+0\n",
        "+101\n",
        " +0 \n",
        "+\n",
        "++0\n",
        "\u{660}\n",
        "\u{ff10}\n",
        "\u{a0}0\u{3000}\n",
        "0\u{a0}\n",
        "\u{3000}0\n",
        "\u{85}0\n",
        "\u{2003}0\n",
        "0\u{2028}\n",
        "\u{feff}0\n",
        "0\x0b\n",
        "\x0b0\n",
        "0\x0c\n",
        "\x0c0\n",
        "\r0\n",
        "0\r \n",
    ];
    all_invalid(ctx, &lines.map(str::as_bytes))
}

fn blanks(ctx: &Ctx<'_>) -> Result<()> {
    let (_server, mut client) = ctx.game()?;
    for line in ["0\r\n", " 0\n", "0 \n", "\t0\t\r\n", "    0    \n", "\t 0 \t\n"] {
        client.ask(line, "Too low!")?;
    }
    client.ask(" 101 \r\n", "Too high!")
}

fn writes_only_in_answer(ctx: &Ctx<'_>) -> Result<()> {
    let server = ctx.start("60s", &[])?;
    let quiet = Duration::from_millis(100);
    let mut client = Client::connect(server.addr())?;
    client.expect_silence(quiet)?;
    client.send("10")?;
    client.expect_silence(quiet)?;
    client.ask("1\n", "Too high!")?;
    client.expect_silence(quiet)
}
