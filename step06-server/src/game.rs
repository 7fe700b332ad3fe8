//! The guessing game: its rules, and the server that plays it with everyone at once.

use std::{
    fmt,
    io::{self, Write},
    mem,
    net::{SocketAddr, ToSocketAddrs},
    pin::pin,
    time::Duration,
};

use async_broadcast::{Receiver, Sender, broadcast};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::{
    connection::{Player, part},
    net::TcpListener,
    options::Options,
    select::{Either, select},
    signal::Termination,
    task_group::TaskGroup,
    time::{Timer, timeout},
};

/// How long to wait before accepting again after accepting failed.
const PAUSE: Duration = Duration::from_millis(100);

/// How many of those for whom there is no room are told so at the same time: not many, for each takes a descriptor that
/// a player could have.
const SURPLUS: usize = 16;

/// What ends the game, for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GameOver {
    /// A player guessed the target.
    SomeoneWon(SocketAddr),
    /// Nobody did in time.
    TimeOut,
    /// The process was asked to end.
    Shutdown,
}

impl GameOver {
    /// The last line of every player but the winner.
    pub(crate) fn goodbye(self) -> &'static str {
        match self {
            GameOver::SomeoneWon(_) => "Game over! Someone else won.\n",
            GameOver::TimeOut => "Game over! Time's up.\n",
            GameOver::Shutdown => "Game over! The server is shutting down.\n",
        }
    }
}

impl fmt::Display for GameOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GameOver::SomeoneWon(winner) => write!(f, "game over: {winner} won"),
            GameOver::TimeOut => f.write_str("game over: time's up"),
            GameOver::Shutdown => f.write_str("game over: shutting down"),
        }
    }
}

/// Says a line on stderr, if it can be said at once. A closed pipe or a full disk is no reason to stop playing, so
/// errors are ignored. Nor is a pipe that nobody empties, or a terminal that was stopped: there the line is lost.
pub fn say(line: fmt::Arguments<'_>) {
    let mut stderr = io::stderr();
    // Stderr is shared with other processes, so it cannot be made non-blocking. A pipe that has room has room for a
    // line.
    let room = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], Some(&Timespec::default()));
    if room == Ok(1) {
        let _ = stderr.write_all(format!("{line}\n").as_bytes());
    }
}

/// Listens where the options say, announces the address on stdout, and serves one game.
///
/// # Errors
///
/// If the address cannot be understood or listened on, or signals cannot be taken over.
pub async fn run(options: &Options) -> io::Result<GameOver> {
    let mut bound = Err(io::Error::other("the name has no address"));
    for addr in options.addr.to_socket_addrs()? {
        bound = TcpListener::bind(addr).await;
        if bound.is_ok() {
            break;
        }
    }
    let listener = bound?;
    // Before anybody can know that we are here: from now on a signal ends the game and not the process.
    let termination = Termination::new()?;
    let line = format!("listening on {}\n", listener.local_addr()?);
    let mut stdout = io::stdout();
    let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
    Ok(serve(listener, &termination, options).await)
}

/// Plays with everyone who connects until someone wins, the time is up, or the process is to end, and returns once
/// everybody was told. Who has not hung up in time is cut off: the groups end with this function.
pub async fn serve(
    listener: TcpListener,
    termination: &Termination,
    options: &Options,
) -> GameOver {
    // The channel holds one event, and `over` itself never receives: the first event fills it for good, a second one
    // is refused, and a clone made at any time receives the first.
    let (announce, over) = broadcast(1);
    let (players, surplus) = (TaskGroup::new(), TaskGroup::new());

    let mut ending = over.clone();
    let ended = select(
        ending.recv(),
        select(
            Timer::after(options.duration),
            select(
                pin!(termination.requested()),
                pin!(welcome(&listener, &announce, &over, [&players, &surplus], options)),
            ),
        ),
    )
    .await;
    // If a winner was quicker, the channel is full, and what it holds is the truth.
    let _ = announce.try_broadcast(match ended {
        Either::Right(Either::Left(_)) => GameOver::TimeOut,
        _ => GameOver::Shutdown,
    });
    let event = over.clone().recv().await;

    drop(listener);
    let parted = async {
        players.join().await;
        surplus.join().await;
    };
    if timeout(options.drain, parted).await.is_err() {
        let left = players.len() + surplus.len();
        say(format_args!("cutting off {left} who have not hung up in time"));
    }
    event.expect("`over` keeps the channel open")
}

/// Accepts players for ever, and starts a task that plays with each.
async fn welcome(
    listener: &TcpListener,
    announce: &Sender<GameOver>,
    over: &Receiver<GameOver>,
    [players, surplus]: [&TaskGroup; 2],
    options: &Options,
) {
    let room = options.max_clients.unwrap_or(usize::MAX);
    let mut warned = false;
    loop {
        match listener.accept().await {
            Ok((stream, addr)) if players.len() < room => {
                warned = false;
                let mut player = Player::new(stream, addr, announce.clone());
                let (mut over, quiet) = (over.clone(), options.quiet);
                players.spawn(async move {
                    if !quiet {
                        say(format_args!("{} joined", player.addr));
                    }
                    let played = player.play(&mut over).await;
                    if !quiet {
                        match played {
                            Ok(()) => say(format_args!("{} left", player.addr)),
                            Err(error) => say(format_args!("{} left: {error}", player.addr)),
                        }
                    }
                });
            }
            // A crowd at the door is not worth more than a little memory either: beyond that it is shut in their face.
            Ok((mut stream, _)) if surplus.len() < SURPLUS => surplus.spawn(async move {
                let _ = part(&mut stream, "Server full. Try again later.\n").await;
            }),
            Ok(_) => {}
            // Whoever it was has gone again. The next one may be there already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Mostly there are no descriptors left. No event will tell when there are again, so this tries.
                if !mem::replace(&mut warned, true) {
                    say(format_args!("cannot accept: {error}; trying again every {PAUSE:?}"));
                }
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Reads a guess off a line: a number that fits `usize`, with or without blanks around it.
pub(crate) fn guess(line: &[u8]) -> Option<usize> {
    str::from_utf8(line).ok()?.trim().parse().ok()
}
