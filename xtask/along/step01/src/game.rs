//! The guessing game: its rules, and the server that plays it with everyone at once.
#![allow(dead_code, unused_imports, reason = "until it is written: take this line out then")]

use std::{
    fmt,
    io::{self, Write},
    net::{SocketAddr, ToSocketAddrs},
    pin::pin,
    time::Duration,
};

use async_broadcast::{Receiver, Sender, broadcast};
use smol::{Timer, net::TcpListener, spawn};

use crate::{connection::Player, options::Options, select::select};

/// How long to wait before accepting again after accepting failed.
const PAUSE: Duration = Duration::from_millis(100);

/// What ends the game, for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GameOver {
    /// A player guessed the target.
    SomeoneWon(SocketAddr),
    /// Nobody did in time.
    TimeOut,
}

impl GameOver {
    /// The last line of every player but the winner.
    pub(crate) fn goodbye(self) -> &'static str {
        match self {
            GameOver::SomeoneWon(_) => "Game over! Someone else won.\n",
            GameOver::TimeOut => "Game over! Time's up.\n",
        }
    }
}

impl fmt::Display for GameOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GameOver::SomeoneWon(winner) => write!(f, "game over: {winner} won"),
            GameOver::TimeOut => f.write_str("game over: time's up"),
        }
    }
}

/// Says a line on stderr. A closed pipe or a full disk is no reason to stop playing, so errors are ignored.
pub fn say(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Listens where the options say, announces the address on stdout, and serves one game.
///
/// # Errors
///
/// If the address cannot be understood or listened on.
pub async fn run(options: &Options) -> io::Result<GameOver> {
    let mut bound = Err(io::Error::other("the name has no address"));
    for addr in options.addr.to_socket_addrs()? {
        bound = TcpListener::bind(addr).await;
        if bound.is_ok() {
            break;
        }
    }
    let listener = bound?;
    let line = format!("listening on {}\n", listener.local_addr()?);
    let mut stdout = io::stdout();
    let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
    Ok(serve(listener, options.duration).await)
}

/// Plays with everyone who connects until someone wins or the time is up, and returns once everybody was told.
pub async fn serve(listener: TcpListener, duration: Duration) -> GameOver {
    let _ = (listener, duration);
    todo!("two channels, and a `select` of all that can end the game")
}

/// Accepts players for ever, and starts a task that plays with each.
async fn welcome(
    listener: &TcpListener,
    announce: &Sender<GameOver>,
    over: &Receiver<GameOver>,
    playing: &Sender<()>,
) {
    let _ = (listener, announce, over, playing);
    todo!("accept, and spawn a task that plays with whoever came")
}

/// Reads a guess off a line: a number that fits `usize`, with or without blanks around it.
pub(crate) fn guess(line: &[u8]) -> Option<usize> {
    let _ = line;
    todo!("bytes to text, without the blanks, to a number")
}
