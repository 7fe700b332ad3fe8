//! The game on tokio's current-thread scheduler, tuned as its documentation advises: one read a turn, into a buffer of
//! the thread, so that an idle connection has none; a write before any wait to write; and a `Notify` for the end, which
//! each connection awaits once and polls only when there is nothing to read.
//!
//! The sockets are in `AsyncFd`s, which costs less than `TcpStream`: a read that does not fill the buffer clears the
//! readiness here. tokio also has to watch for urgent data, because a read stops short of that.

use std::{
    future::poll_fn,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    os::fd::AsRawFd,
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use mio::net::{TcpListener, TcpStream};
use peer::{CHUNK, GameOver, Next, PAUSE, SILENCE};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};
use turn::{Player, TALK};

mod peer;
#[path = "peer/turn.rs"]
mod turn;

/// Urgent data that came at any time: what is behind it is not known then.
#[cfg(any(target_os = "linux", target_os = "android"))]
const URGENT: Interest = Interest::PRIORITY;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const URGENT: Interest = Interest::READABLE;

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
    let listener = watch(TcpListener::bind(addr)?, Interest::READABLE)?;
    peer::announce(listener.get_ref().local_addr()?);
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

/// Lets tokio watch a socket.
#[expect(deprecated, reason = "its successor is unsafe, and these sockets keep their descriptors")]
fn watch<S: AsRawFd>(socket: S, interest: Interest) -> io::Result<AsyncFd<S>> {
    AsyncFd::with_interest(socket, interest)
}

/// Accepts clients for ever.
async fn welcome(listener: &AsyncFd<TcpListener>, end: &Arc<End>, playing: &mpsc::Sender<()>) {
    loop {
        match listener.async_io(Interest::READABLE, TcpListener::accept).await {
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
async fn play(stream: TcpStream, addr: SocketAddr, end: &End) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let interest = Interest::READABLE | Interest::WRITABLE | URGENT;
    let mut stream = watch(stream, interest)?;
    let mut player = Player::new(addr);
    let mut came = pin!(end.came.notified());
    let announce = |event| end.announce(event);
    let write = |stream: &mut AsyncFd<TcpStream>, answers: &[u8]| stream.get_ref().write(answers);
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
        send(&stream, &unsent).await?;
        match next {
            Next::Turn => {}
            Next::End => return Ok(()),
            Next::Right => return part(stream, "").await,
        }
    }
}

/// Reads as soon as there is something.
fn poll_read(
    stream: &mut AsyncFd<TcpStream>,
    cx: &mut Context<'_>,
    input: &mut [u8],
) -> Poll<io::Result<usize>> {
    loop {
        let mut ready = ready!(stream.poll_read_ready(cx))?;
        match stream.get_ref().read(input) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            Ok(length)
                if 0 < length && length < CHUNK && stream.try_io(URGENT, |_| Ok(())).is_err() =>
            {
                ready.clear_ready();
                return Poll::Ready(Ok(length));
            }
            read => return Poll::Ready(read),
        }
    }
}

/// Sends all of it.
async fn send(stream: &AsyncFd<TcpStream>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let write = |mut socket: &TcpStream| socket.write(bytes);
        let sent = stream.async_io(Interest::WRITABLE, write).await?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

/// Sends the last line, and waits until the client has closed its side or is silent.
async fn part(stream: AsyncFd<TcpStream>, line: &str) -> io::Result<()> {
    send(&stream, line.as_bytes()).await?;
    stream.get_ref().shutdown(Shutdown::Write)?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let read = |mut socket: &TcpStream| turn::skip(|input| socket.read(input));
        match timeout(SILENCE, stream.async_io(Interest::READABLE, read)).await {
            Ok(Ok(1..)) => {}
            Ok(end) => return end.map(drop),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
