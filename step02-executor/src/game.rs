//! The guessing game: its rules, and the server that plays it with everyone at once.

use std::{
    fmt,
    io::{self, Write},
    net::{SocketAddr, ToSocketAddrs},
    pin::pin,
    time::Duration,
};

use async_broadcast::{Receiver, Sender, broadcast};
use smol::{Timer, net::TcpListener};

use crate::{connection::Player, executor::spawn, options::Options, select::select};

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
    // The channel holds one event, and `over` itself never receives: the first event fills it for good, a second one
    // is refused, and a clone made at any time receives the first.
    let (announce, over) = broadcast(1);
    // Nothing is ever sent here. It closes when the last player has dropped its sender.
    let (playing, mut all_gone) = broadcast::<()>(1);

    let mut ending = over.clone();
    select(
        ending.recv(),
        select(Timer::after(duration), pin!(welcome(&listener, &announce, &over, &playing))),
    )
    .await;
    // If a winner was quicker, the channel is full, and what it holds is the truth.
    let _ = announce.try_broadcast(GameOver::TimeOut);
    let event = over.clone().recv().await;

    drop(listener);
    drop(playing);
    // No message will come: this waits until everybody had their last line.
    let _ = all_gone.recv().await;
    event.expect("`over` keeps the channel open")
}

/// Accepts players for ever, and starts a task that plays with each.
async fn welcome(
    listener: &TcpListener,
    announce: &Sender<GameOver>,
    over: &Receiver<GameOver>,
    playing: &Sender<()>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let mut player = Player::new(stream, addr, announce.clone());
                let (mut over, playing) = (over.clone(), playing.clone());
                spawn(async move {
                    let _playing = playing;
                    say(format_args!("{} joined", player.addr));
                    match player.play(&mut over).await {
                        Ok(()) => say(format_args!("{} left", player.addr)),
                        Err(error) => say(format_args!("{} left: {error}", player.addr)),
                    }
                })
                .detach();
            }
            // Whoever it was has gone again. The next one may be there already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                say(format_args!("cannot accept: {error}"));
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Reads a guess off a line: a number that fits `usize`, with or without blanks around it.
pub(crate) fn guess(line: &[u8]) -> Option<usize> {
    str::from_utf8(line).ok()?.trim().parse().ok()
}
