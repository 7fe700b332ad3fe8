//! What the peers share: the command line, the rules of the game, and the buffers between a read and the write that
//! answers it. What they do not share is what they are compared by: how they wait.

use std::{
    cmp::Ordering,
    env,
    io::{self, Write},
    net::{SocketAddr, ToSocketAddrs},
    ops::ControlFlow::{Break, Continue},
    process,
    time::Duration,
};

use step06_server::game::{Lines, guess, parse_duration};

/// How much is read at once.
pub const CHUNK: usize = 4096;

/// How long a player who got the last line may be silent before the server hangs up too.
pub const SILENCE: Duration = Duration::from_millis(500);

/// The winner's last line.
pub const CORRECT: &str = "Correct!\n";

/// What ends the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GameOver {
    /// A player guessed the target.
    SomeoneWon(SocketAddr),
    /// Nobody did in time.
    TimeOut,
}

impl GameOver {
    /// The last line of everybody else.
    pub fn goodbye(self) -> &'static str {
        match self {
            GameOver::SomeoneWon(_) => "Game over! Someone else won.\n",
            GameOver::TimeOut => "Game over! Time's up.\n",
        }
    }
}

/// What follows on a player's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next one.
    Turn,
    /// The player has said all it will say.
    End,
    /// The player's last guess was right.
    Right,
}

/// `[ADDR] [DURATION]`.
pub fn options() -> (SocketAddr, Duration) {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.len() > 2 || args.iter().any(|arg| arg.starts_with('-')) {
        let help = args.iter().any(|arg| arg == "--help");
        let usage = "Usage: [ADDR] [DURATION] [default: 127.0.0.1:8080 300s]\n";
        if help {
            print!("{usage}");
        } else {
            eprint!("error: unexpected arguments\n\n{usage}");
        }
        process::exit(if help { 0 } else { 2 });
    }
    let addr = args.first().map_or("127.0.0.1:8080", String::as_str);
    let addr = match addr.to_socket_addrs().map(|mut addrs| addrs.next()) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => fail(addr, &io::Error::other("the name has no address")),
        Err(error) => fail(addr, &error),
    };
    let duration = parse_duration(args.get(1).map_or("300s", String::as_str));
    let duration = duration.unwrap_or_else(|error| {
        eprintln!("error: {error}\n\nUsage: [ADDR] [DURATION]");
        process::exit(2)
    });
    (addr, duration)
}

/// Ends the process because it cannot play.
pub fn fail(addr: impl std::fmt::Display, error: &io::Error) -> ! {
    eprintln!("cannot play on {addr}: {error}");
    process::exit(1)
}

/// Says where the server listens.
pub fn announce(addr: SocketAddr) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "listening on {addr}").and_then(|()| stdout.flush());
}

/// Draws a target.
pub fn target() -> usize {
    rand::random_range(1..=100)
}

/// Answers the lines that `input` completes, up to a right one. Without input, the player has closed its side.
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
