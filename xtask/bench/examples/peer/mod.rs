//! What the peers share: the command line, the rules of the game, and the buffers between a read and the write that
//! answers it. What they do not share is how they wait.

use std::{
    cmp::Ordering,
    io,
    net::{SocketAddr, ToSocketAddrs},
    ops::ControlFlow::{Break, Continue},
    process,
    time::Duration,
};

pub use step06_server::game::{GameOver, Lines};
use step06_server::game::{Options, guess, log, print};

/// How many bytes one read asks for.
pub const CHUNK: usize = 4096;

/// How long to wait before accepting again after accepting failed.
pub const PAUSE: Duration = Duration::from_millis(100);

/// How long a client that got its last line may be silent before the server closes its side too.
pub const SILENCE: Duration = Duration::from_millis(500);

/// The winner's last line.
pub const CORRECT: &str = "Correct!\n";

/// What follows on a client's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Turn,
    /// The client has closed its side.
    End,
    /// The client's last guess was right.
    Right,
}

/// Reads the command line as step 06 does, and ignores its options.
pub fn options() -> (SocketAddr, Duration) {
    let options = Options::from_args();
    let none = || io::Error::other("the name has no address");
    let found = options.addr.to_socket_addrs();
    match found.and_then(|mut addrs| addrs.next().ok_or_else(none)) {
        Ok(addr) => (addr, options.duration),
        Err(error) => fail(options.addr, &error),
    }
}

/// Ends the process because it cannot play.
pub fn fail(addr: impl std::fmt::Display, error: &io::Error) -> ! {
    log(format_args!("cannot play on {addr}: {error}"));
    process::exit(1)
}

/// Prints where the server listens.
pub fn announce(addr: SocketAddr) {
    print(format_args!("listening on {addr}"));
}

/// Draws a target.
pub fn target() -> usize {
    rand::random_range(1..=100)
}

/// Answers the lines that `input` completes, up to a right one. Without input, the client has closed its side.
pub fn answer(input: &[u8], lines: &mut Lines, target: usize, answers: &mut Vec<u8>) -> Next {
    answers.clear();
    let mut each = |line: Option<&[u8]>| {
        let answer = match line.and_then(guess).map(|guess| guess.cmp(&target)) {
            Some(Ordering::Less) => "Too low!\n",
            Some(Ordering::Greater) => "Too high!\n",
            Some(Ordering::Equal) => return Break(Next::Right),
            None => "Invalid input. Please enter a number.\n",
        };
        answers.extend_from_slice(answer.as_bytes());
        Continue(())
    };
    if input.is_empty() {
        let last = lines.finish();
        return last.and_then(|line| each(Some(&line)).break_value()).unwrap_or(Next::End);
    }
    lines.feed(input, each).break_value().unwrap_or(Next::Turn)
}
