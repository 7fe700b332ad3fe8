//! A bot that plays by halving what is left.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::{Result, say, words::Lane};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A bot that has joined a game.
#[derive(Debug)]
pub struct Bot {
    lane: Lane,
    stream: BufReader<TcpStream>,
    low: u32,
    high: u32,
}

impl Bot {
    /// Connects to a server.
    pub fn join(lane: Lane, address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .and_then(|stream| stream.set_read_timeout(Some(PATIENCE)).map(|()| stream))
            .map_err(|error| format!("cannot connect to {address}: {error}"))?;
        Ok(Bot { lane, stream: BufReader::new(stream), low: 1, high: 100 })
    }

    /// Makes a guess, and returns whether it was right.
    pub fn guess(&mut self) -> Result<bool> {
        let guess = self.low.midpoint(self.high);
        say(self.lane, "->", &guess.to_string())?;
        let sent = self.stream.get_mut().write_all(format!("{guess}\n").as_bytes());
        sent.map_err(|error| format!("cannot send the guess {guess}: {error}"))?;
        match self.hear()?.as_str() {
            "Correct!" => return Ok(true),
            "Too low!" => self.low = guess + 1,
            "Too high!" => self.high = guess - 1,
            other => return Err(format!("this is no answer to the guess {guess}: {other:?}")),
        }
        if self.low > self.high {
            return Err(format!("after the guess {guess} no number is left: the answers disagree"));
        }
        Ok(false)
    }

    /// Waits for the next line, and prints it.
    pub fn hear(&mut self) -> Result<String> {
        let line = self.line()?.ok_or("the server ended the connection without a last line")?;
        say(self.lane, "<-", &line)?;
        Ok(line)
    }

    /// Waits for the end of the connection, and prints it.
    pub fn expect_end(&mut self) -> Result<()> {
        match self.line()? {
            None => say(self.lane, "<-", "(the end)"),
            Some(line) => Err(format!("the server wrote a line after the last one: {line:?}")),
        }
    }

    /// Reads a line; nothing at the end of the connection.
    fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        match read.map_err(|error| format!("no line came within {PATIENCE:?}: {error}"))? {
            0 => Ok(None),
            _ => Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned())),
        }
    }
}
