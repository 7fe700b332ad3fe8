//! One player's connection.

use std::{
    cell::RefCell,
    cmp::Ordering,
    future::poll_fn,
    io, mem,
    net::SocketAddr,
    ops::ControlFlow::{Break, Continue},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use async_broadcast::{Receiver, Sender};
use futures_lite::{AsyncRead, AsyncWrite, AsyncWriteExt};
use smol::{Timer, net::TcpStream};

use crate::{
    game::{GameOver, guess},
    lines::Lines,
    select::{Either, select},
    yield_now::yield_now,
};

/// How long a player who got the last line may be silent before this side hangs up too.
const SILENCE: Duration = Duration::from_millis(500);

/// How long one may go on talking.
const TALK: Duration = Duration::from_secs(5);

/// How much is read at once.
const CHUNK: usize = 4096;

thread_local! {
    /// What was read, and what answers it. From a read to the write right after it nobody else runs on this thread, so
    /// all connections share one pair of buffers, and an idle one owns none.
    static BUFFERS: RefCell<([u8; CHUNK], Vec<u8>)> = const { RefCell::new(([0; CHUNK], Vec::new())) };
}

/// One player's side of the game.
#[derive(Debug)]
pub struct Player {
    pub(crate) addr: SocketAddr,
    target: usize,
    stream: TcpStream,
    lines: Lines,
    /// Answers that the player has yet to take.
    unsent: Vec<u8>,
    /// Where a winner says so.
    announce: Sender<GameOver>,
}

/// What follows on a player's turn.
enum Next {
    /// Another turn.
    Turn,
    /// Everybody else's turn, and then another one: there is more to read already.
    Others,
    /// The player has said all it will say.
    End,
    /// The player has won.
    Win,
}

impl Player {
    /// Draws a target for a client that has connected.
    pub fn new(stream: TcpStream, addr: SocketAddr, announce: Sender<GameOver>) -> Self {
        let target = rand::random_range(1..=100);
        Player { addr, target, stream, lines: Lines::new(), unsent: Vec::new(), announce }
    }

    /// Plays until the client leaves, wins, or the game is over.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    pub async fn play(&mut self, over: &mut Receiver<GameOver>) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        // One wait for the end of the game, however many turns come before it.
        let mut over = pin!(over.recv_direct());
        loop {
            // The end of the game is looked for first: a player who never stops guessing must hear of it too.
            let next = match select(over.as_mut(), poll_fn(|cx| self.poll_turn(cx))).await {
                // Boxed, or everybody would hold room for a parting as long as they play.
                Either::Left(event) => {
                    let event = event.expect("the server keeps the channel open");
                    return Box::pin(part(&mut self.stream, event.goodbye())).await;
                }
                Either::Right(next) => next?,
            };
            // Nothing is read while answers wait to be taken: who does not listen is not listened to.
            self.stream.write_all(&mem::take(&mut self.unsent)).await?;
            match next {
                Next::Turn => {}
                Next::Others => yield_now().await,
                Next::End => return Ok(()),
                Next::Win => return Box::pin(part(&mut self.stream, "")).await,
            }
        }
    }

    /// Reads as long as there is something to read, and answers all lines that a read completes with one write.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        BUFFERS.with_borrow_mut(|(input, answers)| {
            loop {
                let length = ready!(Pin::new(&mut self.stream).poll_read(cx, input))?;
                answers.clear();
                let next = self.answer(&input[..length], answers);
                if !answers.is_empty() {
                    let sent = match Pin::new(&mut self.stream).poll_write(cx, answers) {
                        Poll::Ready(sent) => sent?,
                        Poll::Pending => 0,
                    };
                    if sent < answers.len() {
                        self.unsent.extend_from_slice(&answers[sent..]);
                        return Poll::Ready(Ok(next));
                    }
                }
                if !matches!(next, Next::Turn) {
                    return Poll::Ready(Ok(next));
                }
            }
        })
    }

    /// Answers the lines that `input` completes. Without input, the player has closed its side.
    fn answer(&mut self, input: &[u8], answers: &mut Vec<u8>) -> Next {
        let Player { addr, target, lines, announce, .. } = self;
        let mut each = |line: Option<&[u8]>| {
            let answer = match line.and_then(guess).map(|guess| guess.cmp(target)) {
                Some(Ordering::Less) => "Too low!\n",
                Some(Ordering::Greater) => "Too high!\n",
                Some(Ordering::Equal) => {
                    return Break(match announce.try_broadcast(GameOver::SomeoneWon(*addr)) {
                        Ok(_) => {
                            answers.extend_from_slice(b"Correct!\n");
                            Next::Win
                        }
                        // Too late: the game has ended since this guess was sent. The next turn says so.
                        Err(_) => Next::Turn,
                    });
                }
                None => "Invalid input. Please enter a number.\n",
            };
            answers.extend_from_slice(answer.as_bytes());
            Continue(())
        };
        if input.is_empty() {
            let last = lines.finish();
            return last.and_then(|line| each(Some(&line)).break_value()).unwrap_or(Next::End);
        }
        let more = if input.len() == CHUNK { Next::Others } else { Next::Turn };
        lines.feed(input, each).break_value().unwrap_or(more)
    }
}

/// Says the last line and sees the player off.
///
/// A socket that is closed while it holds unread input resets the connection, and what was sent and not yet taken is
/// lost, the last line with it. So this closes the sending side only, and listens until the player hangs up too, or has
/// nothing more to say, or really says too much.
///
/// # Errors
///
/// If the connection breaks.
pub async fn part(stream: &mut TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.close().await?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let read = |cx: &mut Context<'_>| {
            BUFFERS.with_borrow_mut(|(input, _)| Pin::new(&mut *stream).poll_read(cx, input))
        };
        match select(poll_fn(read), Timer::after(SILENCE)).await {
            Either::Left(Ok(1..)) => yield_now().await,
            _ => break,
        }
    }
    Ok(())
}
