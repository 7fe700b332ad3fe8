//! The game on tokio's current-thread scheduler, tuned as its documentation advises: one read a turn, into a buffer of
//! the thread, so that an idle connection has none; a write before any wait to write; and a `Notify` for the end, which
//! each connection awaits once and polls only when there is nothing to read.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use peer::{GameOver, Next, PAUSE, SILENCE};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, Interest, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};
use turn::{Player, TALK};

mod peer;
#[path = "peer/turn.rs"]
mod turn;

/// The end of the game.
#[derive(Default)]
struct End {
    event: OnceLock<GameOver>,
    came: Notify,
}

impl End {
    /// Ends the game, and returns whether it had not ended before.
    fn announce(&self, event: GameOver) -> bool {
        let is_first = self.event.set(event).is_ok();
        self.came.notify_waiters();
        is_first
    }
}

fn main() {
    let (addr, duration) = peer::options();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    if let Err(error) = runtime.and_then(|runtime| runtime.block_on(run(addr, duration))) {
        peer::fail(addr, &error);
    }
}

async fn run(addr: SocketAddr, duration: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    peer::announce(listener.local_addr()?);
    let end = Arc::new(End::default());
    let (playing, mut all_gone) = mpsc::channel::<()>(1);
    tokio::select! {
        () = end.came.notified() => {}
        () = sleep(duration) => drop(end.announce(GameOver::TimeOut)),
        () = welcome(&listener, &end, &playing) => {}
    }
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Accepts clients for ever.
async fn welcome(listener: &TcpListener, end: &Arc<End>, playing: &mpsc::Sender<()>) {
    loop {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let (end, playing) = (end.clone(), playing.clone());
                tokio::spawn(async move {
                    let _playing = playing;
                    let _ = play(stream, addr, &end).await;
                });
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Plays with one client.
async fn play(mut stream: TcpStream, addr: SocketAddr, end: &End) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut player = Player::new(addr);
    let mut came = pin!(end.came.notified());
    let announce = |event| end.announce(event);
    let write = |stream: &mut TcpStream, answers: &[u8]| stream.try_write(answers);
    loop {
        let turn = poll_fn(|cx| {
            // Before anything else: a client that never stops guessing must get the end too.
            if let Some(event) = end.event.get() {
                return Poll::Ready(Ok(Err(*event)));
            }
            let turn = player.poll_turn(&mut stream, cx, poll_read, write, announce);
            if turn.is_pending() && came.as_mut().poll(cx).is_ready() {
                // Only after the look above. Poll again, so that it is seen there.
                cx.waker().wake_by_ref();
            }
            turn.map_ok(Ok)
        });
        let (next, unsent) = match turn.await? {
            Ok(turn) => turn,
            Err(event) => return part(stream, event.goodbye()).await,
        };
        stream.write_all(&unsent).await?;
        match next {
            Next::Turn => {}
            Next::End => return Ok(()),
            Next::Right => return part(stream, "").await,
        }
    }
}

/// Reads as soon as there is something. After a read that does not fill the buffer, tokio knows that there is no more.
fn poll_read(
    stream: &mut TcpStream,
    cx: &mut Context<'_>,
    input: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut input = ReadBuf::new(input);
    ready!(Pin::new(stream).poll_read(cx, &mut input))?;
    Poll::Ready(Ok(input.filled().len()))
}

/// Sends the last line, and waits until the client has closed its side or is silent.
async fn part(mut stream: TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.shutdown().await?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let read = || turn::skip(|input| stream.try_read(input));
        match timeout(SILENCE, stream.async_io(Interest::READABLE, read)).await {
            Ok(Ok(1..)) => {}
            Ok(end) => return end.map(drop),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
