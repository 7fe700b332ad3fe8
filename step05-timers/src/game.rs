//! The guessing game: its rules, and the server that plays it with everyone at once.

use std::{
    cmp::Ordering,
    fmt,
    io::{self, Write},
    net::{SocketAddr, ToSocketAddrs},
    pin::pin,
    time::Duration,
};

use crate::{
    executor::spawn,
    net::{TcpListener, TcpStream},
    options::Options,
    select::{Either, select},
    time::Timer,
    yield_now::yield_now,
};
use async_broadcast::{Receiver, Sender, broadcast};
use futures_lite::{
    AsyncBufReadExt, AsyncWriteExt,
    io::{BufReader, copy, sink},
};

/// How long a player who got the last line may take to hang up.
const LINGER: Duration = Duration::from_millis(100);

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
    fn goodbye(self) -> &'static str {
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
    let addr = options.addr.to_socket_addrs()?.next();
    let addr = addr.ok_or_else(|| io::Error::other("the name has no address"))?;
    let listener = TcpListener::bind(addr).await?;
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
                let (announce, over, playing) = (announce.clone(), over.clone(), playing.clone());
                spawn(async move {
                    let _playing = playing;
                    say(format_args!("{addr} joined"));
                    match play(stream, addr, announce, over).await {
                        Ok(()) => say(format_args!("{addr} left")),
                        Err(error) => say(format_args!("{addr} left: {error}")),
                    }
                })
                .detach();
            }
            Err(error) => {
                say(format_args!("cannot accept: {error}"));
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Plays with one client until it leaves, wins, or the game is over.
async fn play(
    stream: TcpStream,
    addr: SocketAddr,
    announce: Sender<GameOver>,
    mut over: Receiver<GameOver>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let target = rand::random_range(1..=100);
    let mut writer = stream.clone();
    let mut reader = BufReader::new(stream);
    let mut over = over.recv();
    let mut line = Vec::new();
    loop {
        line.clear();
        // The end of the game comes first: a player who never stops guessing must hear of it too.
        match select(&mut over, reader.read_until(b'\n', &mut line)).await {
            Either::Left(event) => {
                let event = event.expect("the server keeps the channel open");
                return part(reader, writer, event.goodbye()).await;
            }
            Either::Right(length) => {
                if length? == 0 {
                    return Ok(());
                }
            }
        }
        let answer = match guess(&line).map(|guess| guess.cmp(&target)) {
            Some(Ordering::Less) => "Too low!\n",
            Some(Ordering::Greater) => "Too high!\n",
            Some(Ordering::Equal) => match announce.try_broadcast(GameOver::SomeoneWon(addr)) {
                Ok(_) => return part(reader, writer, "Correct!\n").await,
                // Too late: somebody else won since this guess was sent. The next turn of the loop says so.
                Err(_) => continue,
            },
            None => "Invalid input. Please enter a number.\n",
        };
        writer.write_all(answer.as_bytes()).await?;
        // Who sends many lines at once waits for everybody else's turn between them.
        if !reader.buffer().is_empty() {
            yield_now().await;
        }
    }
}

/// Reads a guess off a line: a number that fits `usize`, with or without blanks around it.
fn guess(line: &[u8]) -> Option<usize> {
    str::from_utf8(line).ok()?.trim().parse().ok()
}

/// Says the last line and sees the player off.
///
/// A socket that is closed while it holds unread input resets the connection, and the reset may overtake the last
/// line. So this closes the sending side only, and reads on until the player hangs up too, or takes too long.
async fn part(reader: BufReader<TcpStream>, mut writer: TcpStream, line: &str) -> io::Result<()> {
    writer.write_all(line.as_bytes()).await?;
    writer.close().await?;
    let mut rest = sink();
    let hang_up = pin!(copy(reader, &mut rest));
    select(hang_up, Timer::after(LINGER)).await;
    Ok(())
}
