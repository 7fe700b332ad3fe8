//! A connection: plays the game with one client.
//!
//! The connection of the earlier steps answers line by line. This one answers all lines
//! of a read with one write, owns no buffer while its client is idle, limits the length
//! of a line, notices the end of the game even while its client reads no answers, and
//! closes the socket in a way that does not lose the last line.

use std::{
    cell::RefCell,
    cmp::Ordering,
    future::poll_fn,
    io,
    net::SocketAddr,
    ops::ControlFlow::{self, Break, Continue},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use async_broadcast::{Receiver, Sender};
use futures_lite::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::{
    game::{GameOver, Lines, guess},
    runtime::{Either, net::TcpStream, select, time::Timer, yield_now},
};

/// How many bytes one read returns at most.
const CHUNK: usize = 4096;

/// A lingering connection is closed when its client sends nothing for this long.
const MAX_SILENCE: Duration = Duration::from_millis(500);

/// A lingering connection is closed after this time, even if its client keeps sending.
const MAX_LINGER: Duration = Duration::from_secs(5);

/// The buffers for one read and for the answers to it.
struct Scratch {
    input: [u8; CHUNK],
    answers: Vec<u8>,
}

thread_local! {
    /// All connections share these buffers. No other task runs between a read and the
    /// write that follows it, so an idle connection needs no buffers of its own.
    static SCRATCH: RefCell<Scratch> =
        const { RefCell::new(Scratch { input: [0; CHUNK], answers: Vec::new() }) };
}

/// The connection to one client, and the number that this client has to guess.
#[derive(Debug)]
pub struct Connection {
    pub(super) addr: SocketAddr,
    target: usize,
    stream: TcpStream,
    /// Cuts the input into lines. `None` after the client has closed its sending side.
    lines: Option<Lines>,
    /// Answers that could not be written yet.
    unsent: Vec<u8>,
    /// The channel in which this connection announces that its client has won.
    announce: Sender<GameOver>,
}

impl Connection {
    /// Creates a connection for the client at `addr`, which has to guess `target`.
    pub fn new(
        stream: TcpStream,
        addr: SocketAddr,
        target: usize,
        announce: Sender<GameOver>,
    ) -> Self {
        let (lines, unsent) = (Some(Lines::new()), Vec::new());
        Connection { addr, target, stream, lines, unsent, announce }
    }

    /// Answers guesses until the client leaves or the game is over, and then sends the
    /// last line.
    ///
    /// # Errors
    ///
    /// Returns an error if reading from or writing to the socket fails, for example
    /// because the client reset the connection.
    ///
    /// # Panics
    ///
    /// Panics if every sender of the channel was dropped before the game was over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses at most the last line. The connection closes when the
    /// [`Connection`] is dropped.
    pub async fn handle(&mut self, over: &mut Receiver<GameOver>) -> io::Result<()> {
        // Send each answer at once instead of collecting several.
        self.stream.set_nodelay(true)?;
        // The same future waits for the end of the game during all reads. `select` polls
        // it first, so a client that never stops guessing cannot keep its connection from
        // noticing the end.
        let over = pin!(over.recv_direct());
        let last_line = match select(over, poll_fn(|cx| self.poll_play(cx))).await {
            Either::Left(event) => {
                let event = event.expect("the server keeps the channel open");
                let won = event == GameOver::SomeoneWon(self.addr);
                if won { "" } else { event.goodbye() }
            }
            Either::Right(result) => return result,
        };
        // Boxed, so that a connection needs no memory for lingering while it plays.
        Box::pin(self.linger(last_line)).await
    }

    /// Answers guesses until the client leaves. Reads as long as bytes are available.
    fn poll_play(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        SCRATCH.with_borrow_mut(|Scratch { input, answers }| {
            loop {
                // Back-pressure: do not read more guesses before all earlier answers are
                // written.
                ready!(self.poll_flush(cx))?;
                if self.lines.is_none() {
                    return Poll::Ready(Ok(()));
                }
                let length = ready!(Pin::new(&mut self.stream).poll_read(cx, input))?;
                answers.clear();
                let won = self.answer(&input[..length], answers).is_break();
                if !answers.is_empty() {
                    let sent = match Pin::new(&mut self.stream).poll_write(cx, answers) {
                        Poll::Ready(sent) => sent?,
                        Poll::Pending => 0,
                    };
                    if sent < answers.len() {
                        self.unsent.extend_from_slice(&answers[sent..]);
                    }
                }
                if won {
                    // No wake is needed: the event in the channel has woken this task.
                    return Poll::Pending;
                }
                if length == CHUNK {
                    // More bytes are probably waiting. Let other tasks run before
                    // reading them.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        })
    }

    /// Writes the unsent answers.
    #[inline]
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.drain(..sent);
            if self.unsent.is_empty() {
                // Free the buffer, so that an idle connection owns none.
                self.unsent = Vec::new();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Answers each line that `input` completes, into `answers`. An empty `input` means
    /// the end of the stream. Breaks at a correct guess, because the game is over then.
    fn answer(&mut self, input: &[u8], answers: &mut Vec<u8>) -> ControlFlow<()> {
        let Connection { addr, target, lines, announce, .. } = self;
        let mut answer = |line: Option<&[u8]>| {
            let text = match line.and_then(guess).map(|number| number.cmp(target)) {
                Some(Ordering::Less) => "Too low!\n",
                Some(Ordering::Greater) => "Too high!\n",
                Some(Ordering::Equal) => {
                    // A guess after the end gets no answer, only the goodbye line.
                    if win(announce, *addr) {
                        answers.extend_from_slice(b"Correct!\n");
                    }
                    return Break(());
                }
                None => "Invalid input. Please enter a number.\n",
            };
            answers.extend_from_slice(text.as_bytes());
            Continue(())
        };
        match lines {
            Some(lines) if !input.is_empty() => lines.feed(input, answer),
            _ => {
                let last = lines.take().and_then(|mut lines| lines.finish());
                last.map_or(Continue(()), |line| answer(Some(&line)))
            }
        }
    }

    /// Sends the last line and closes the connection without losing that line.
    ///
    /// Closing a socket that holds unread input resets the connection. Then bytes that
    /// are on their way to the client are lost, and the client's next write fails. So
    /// this closes only the sending side. Then it reads and ignores what the client
    /// sends, until the client closes its side too, sends nothing for 500 ms, or has kept
    /// sending for 5 s.
    ///
    /// # Errors
    ///
    /// Returns an error if writing to the socket or closing its sending side fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future can lose the last line.
    pub async fn linger(&mut self, last_line: &str) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await?;
        self.stream.write_all(last_line.as_bytes()).await?;
        self.stream.close().await?;
        let start = Instant::now();
        loop {
            let read = |cx: &mut Context<'_>| {
                SCRATCH.with_borrow_mut(|Scratch { input, .. }| {
                    Pin::new(&mut self.stream).poll_read(cx, input)
                })
            };
            match select(poll_fn(read), Timer::after(MAX_SILENCE)).await {
                Either::Left(Ok(1..)) if start.elapsed() < MAX_LINGER => {
                    yield_now().await;
                }
                _ => return Ok(()),
            }
        }
    }
}

/// Announces that the client at `addr` has won. Returns `false` if the game was over
/// before that, because the channel is full then.
// Marked cold: a game has one such guess, so keep it out of the path of all others.
#[cold]
fn win(announce: &Sender<GameOver>, addr: SocketAddr) -> bool {
    announce.try_broadcast(GameOver::SomeoneWon(addr)).is_ok()
}
