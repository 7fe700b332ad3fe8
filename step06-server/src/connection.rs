//! One player's connection.

use std::{
    cell::RefCell,
    cmp::Ordering,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    ops::ControlFlow::{Break, Continue},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use async_broadcast::{Receiver, Sender};
use futures_lite::{
    AsyncRead, AsyncWrite, AsyncWriteExt,
    io::{copy, sink},
};

use crate::{
    game::{GameOver, guess},
    lines::Lines,
    net::TcpStream,
    select::{Either, select},
    time::Timer,
};

/// How long a player who got the last line may take to hang up.
const LINGER: Duration = Duration::from_millis(100);

/// How much is read at once.
const CHUNK: usize = 4096;

/// What all connections share.
pub(crate) struct Table {
    /// Where a winner says so.
    announce: Sender<GameOver>,
    /// Never receives itself: a clone made at any time receives what ended the game.
    over: Receiver<GameOver>,
    /// What was read and what answers it, between a read and the write right after it. Only what a player cannot take
    /// at once is kept for that player alone.
    buffers: RefCell<([u8; CHUNK], Vec<u8>)>,
}

/// What follows on a player's turn.
enum Next {
    Turn,
    /// The player has said all it will say.
    End,
    /// The player has won.
    Win,
}

impl Table {
    pub(crate) fn new(announce: Sender<GameOver>, over: Receiver<GameOver>) -> Self {
        Table { announce, over, buffers: RefCell::new(([0; CHUNK], Vec::new())) }
    }

    /// Plays with one client until it leaves, wins, or the game is over.
    pub(crate) async fn play(&self, mut stream: TcpStream, addr: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let target = rand::random_range(1..=100);
        let mut lines = Lines::new();
        // One receiver and one wait for the whole connection, however many lines it has.
        let mut over = self.over.clone();
        let mut over = pin!(over.recv());
        loop {
            let turn = poll_fn(|cx| {
                // The end of the game comes first: a player who never stops guessing must hear of it too.
                if let Poll::Ready(event) = over.as_mut().poll(cx) {
                    return Poll::Ready(Either::Left(event));
                }
                self.poll_turn(cx, &mut stream, &mut lines, target, addr).map(Either::Right)
            });
            let (unsent, next) = match turn.await {
                Either::Left(event) => {
                    let event = event.expect("the server keeps the channel open");
                    return part(stream, event.goodbye()).await;
                }
                Either::Right(turn) => turn?,
            };
            // Nothing is read while answers wait to be taken: who does not listen is not listened to.
            stream.write_all(&unsent).await?;
            match next {
                Next::Turn => {}
                Next::End => return Ok(()),
                Next::Win => return part(stream, "").await,
            }
        }
    }

    /// Reads once, and answers all lines that this completes with one write. Gives what could not be written yet.
    fn poll_turn(
        &self,
        cx: &mut Context<'_>,
        stream: &mut TcpStream,
        lines: &mut Lines,
        target: usize,
        addr: SocketAddr,
    ) -> Poll<io::Result<(Vec<u8>, Next)>> {
        let (input, answers) = &mut *self.buffers.borrow_mut();
        let length = ready!(Pin::new(&mut *stream).poll_read(cx, input))?;
        answers.clear();
        let mut answer = |line: Option<&[u8]>| {
            let answer = match line.and_then(guess).map(|guess| guess.cmp(&target)) {
                Some(Ordering::Less) => "Too low!\n",
                Some(Ordering::Greater) => "Too high!\n",
                Some(Ordering::Equal) => {
                    match self.announce.try_broadcast(GameOver::SomeoneWon(addr)) {
                        Ok(_) => "Correct!\n",
                        // Too late: the game has ended since this guess was sent. The next turn says so.
                        Err(_) => return Break(Next::Turn),
                    }
                }
                None => "Invalid input. Please enter a number.\n",
            };
            answers.extend_from_slice(answer.as_bytes());
            if answer == "Correct!\n" { Break(Next::Win) } else { Continue(()) }
        };
        let next = if length > 0 {
            lines.feed(&input[..length], answer).break_value().unwrap_or(Next::Turn)
        } else {
            let last = lines.finish();
            last.and_then(|line| answer(Some(&line)).break_value()).unwrap_or(Next::End)
        };
        let sent = match answers.is_empty() {
            true => 0,
            false => match Pin::new(stream).poll_write(cx, answers) {
                Poll::Ready(sent) => sent?,
                Poll::Pending => 0,
            },
        };
        Poll::Ready(Ok((answers[sent..].to_vec(), next)))
    }
}

/// Says the last line and sees the player off.
///
/// A socket that is closed while it holds unread input resets the connection, and the reset may overtake the last
/// line. So this closes the sending side only, and reads on until the player hangs up too, or takes too long.
pub(crate) async fn part(mut stream: TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.close().await?;
    let mut rest = sink();
    let hang_up = pin!(copy(stream, &mut rest));
    select(hang_up, Timer::after(LINGER)).await;
    Ok(())
}
