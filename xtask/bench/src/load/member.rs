//! One of many connections: what it said, and how much of the answer it has heard.

use std::{
    io::{ErrorKind, Read, Write},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

use crate::load::talk::Talk;
use kit::verdict::mismatch;

/// How much of what came instead of an answer an error shows.
const SHOWN: usize = 80;

/// One of many connections.
#[derive(Debug)]
pub struct Member {
    /// Its number, which errors name.
    number: usize,
    stream: TcpStream,
    /// How many guesses were answered.
    said: u64,
    /// How many guesses wait for their answers, and how many bytes of these have come.
    asked: usize,
    heard: usize,
    /// When the guesses were sent.
    pub sent: Instant,
}

/// What a connection has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Not all that it waits for.
    Part,
    /// All of it.
    All,
    /// All of it, and the end of the file.
    End,
}

impl Member {
    /// Takes over a connection that was made.
    pub fn new(
        number: usize,
        stream: std::net::TcpStream,
        registry: &Registry,
        now: Instant,
    ) -> Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, Token(number), Interest::READABLE)?;
        Ok(Member { number, stream, said: 0, asked: 0, heard: 0, sent: now })
    }

    /// Says so many guesses with one write.
    pub fn say(&mut self, talk: &Talk, count: usize, now: Instant) -> Result<()> {
        let guesses = talk.guesses(self.said, count);
        let sent = self.stream.write(guesses).with_context(|| self.name())?;
        if sent < guesses.len() {
            bail!(
                "{}: the guesses do not fit into one write: ask for a smaller depth",
                self.name()
            );
        }
        (self.asked, self.heard, self.sent) = (count, 0, now);
        Ok(())
    }

    /// Takes what has come, and holds it against the answers. Gives how many were heard with the last of them.
    pub fn answers(&mut self, talk: &Talk, event: &Event, buffer: &mut [u8]) -> Result<usize> {
        let expected = talk.answers(self.said, self.asked);
        match self.hear(expected, event, buffer)? {
            Heard::Part => Ok(0),
            Heard::All => {
                self.said += self.asked as u64;
                Ok(self.asked)
            }
            Heard::End => Err(self.ended(expected)),
        }
    }

    /// Waits for something else from now on.
    pub fn listen(&mut self) {
        self.heard = 0;
    }

    /// Takes what has come, which must be a part of what is expected.
    pub fn hear(&mut self, expected: &[u8], event: &Event, buffer: &mut [u8]) -> Result<Heard> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) if self.heard == expected.len() => return Ok(Heard::End),
                Ok(0) => return Err(self.ended(expected)),
                Ok(length) => {
                    let (came, due) = (&buffer[..length], &expected[self.heard..]);
                    if !due.starts_with(came) {
                        let came = &came[..length.min(SHOWN)];
                        return Err(mismatch(text(due), text(came)).context(self.name()));
                    }
                    self.heard += length;
                    // What comes later will be announced; an end that came with it was announced already.
                    if length < buffer.len() && !event.is_read_closed() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let due = text(&expected[self.heard..]);
                    return Err(mismatch(due, error.to_string()).context(self.name()));
                }
            }
        }
        Ok(if self.heard == expected.len() { Heard::All } else { Heard::Part })
    }

    /// What it is called in errors.
    fn name(&self) -> String {
        format!("connection {}", self.number)
    }

    /// The error that the connection ended too early.
    fn ended(&self, expected: &[u8]) -> anyhow::Error {
        let due = match &expected[self.heard..] {
            [] => "another turn".to_owned(),
            due => text(due),
        };
        mismatch(due, "the end of the file").context(self.name())
    }
}

/// The beginning of what was said, as an error shows it.
fn text(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN)];
    format!("{:?}", String::from_utf8_lossy(shown))
}
