//! What the peers with futures share: a client's turn, with buffers that belong to the thread, so that an idle client
//! has none.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::peer::{self, CHUNK, CORRECT, GameOver, Lines, Next};

/// How long a client may go on talking after its last line.
pub const TALK: Duration = Duration::from_secs(5);

thread_local! {
    static BUFFERS: RefCell<([u8; CHUNK], Vec<u8>)> = const { RefCell::new(([0; CHUNK], Vec::new())) };
}

/// Reads into the thread's buffer, and forgets what was read.
pub fn skip(read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
    BUFFERS.with_borrow_mut(|(input, _)| read(input))
}

pub struct Player {
    addr: SocketAddr,
    target: usize,
    lines: Lines,
}

impl Player {
    pub fn new(addr: SocketAddr) -> Self {
        Player { addr, target: peer::target(), lines: Lines::new() }
    }

    /// Reads once, as soon as there is something, and answers with one write. `announce` ends the game, and returns
    /// whether it had not ended before. Returns what follows, and what could not be written.
    pub fn poll_turn<S>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
        read: impl Fn(&mut S, &mut Context<'_>, &mut [u8]) -> Poll<io::Result<usize>>,
        write: impl Fn(&mut S, &[u8]) -> io::Result<usize>,
        announce: impl Fn(GameOver) -> bool,
    ) -> Poll<io::Result<(Next, Vec<u8>)>> {
        BUFFERS.with_borrow_mut(|(input, answers)| {
            let length = ready!(read(stream, cx, input))?;
            let mut next = peer::answer(&input[..length], &mut self.lines, self.target, answers);
            if next == Next::Right {
                match announce(GameOver::SomeoneWon(self.addr)) {
                    true => answers.extend_from_slice(CORRECT.as_bytes()),
                    false => next = Next::Turn,
                }
            }
            let sent = match answers.is_empty() {
                true => 0,
                false => match write(stream, answers) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    sent => sent?,
                },
            };
            Poll::Ready(Ok((next, answers[sent..].to_vec())))
        })
    }
}
