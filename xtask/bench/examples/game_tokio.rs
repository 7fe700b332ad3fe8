//! The game on tokio's current-thread scheduler, tuned as its documentation advises: one read a turn, into a buffer of
//! the thread's own, so that an idle connection has none; readiness cleared by a read that does not fill the buffer; a
//! write before any wait to write; and a `Notify` for the end, which is waited for once a connection, and is polled only
//! when there is nothing to read.
//!
//! `TcpStream` clears readiness after short reads too, but it does not know of urgent data, which a read stops short of:
//! what is behind it would wait for ever. So the sockets are in `AsyncFd`s, which can be told to look out for it.

use std::{
    cell::RefCell,
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
use peer::{CHUNK, CORRECT, GameOver, Next, SILENCE};
use step06_server::game::Lines;
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};

mod peer;

/// How long to wait before accepting again after accepting failed.
const PAUSE: Duration = Duration::from_millis(100);

/// How long one may go on talking after the last line.
const TALK: Duration = Duration::from_secs(5);

thread_local! {
    static BUFFERS: RefCell<([u8; CHUNK], Vec<u8>)> = const { RefCell::new(([0; CHUNK], Vec::new())) };
}

/// The end of the game.
#[derive(Default)]
struct End {
    event: OnceLock<GameOver>,
    came: Notify,
}

impl End {
    /// Ends the game, and says whether it had not ended before.
    fn announce(&self, event: GameOver) -> bool {
        let first = self.event.set(event).is_ok();
        self.came.notify_waiters();
        first
    }
}

fn main() {
    let (addr, duration) = peer::options();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let played = runtime.and_then(|runtime| runtime.block_on(run(addr, duration)));
    if let Err(error) = played {
        peer::fail(addr, &error);
    }
}

async fn run(addr: SocketAddr, duration: Duration) -> io::Result<()> {
    let listener = watch(TcpListener::bind(addr)?, Interest::READABLE)?;
    peer::announce(listener.get_ref().local_addr()?);
    let end = Arc::new(End::default());
    let (playing, mut all_gone) = mpsc::channel::<()>(1);
    let came = end.came.notified();
    tokio::select! {
        () = came => {}
        () = sleep(duration) => drop(end.announce(GameOver::TimeOut)),
        () = welcome(&listener, &end, &playing) => {}
    }
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Lets tokio watch a socket.
#[expect(
    deprecated,
    reason = "its successor is unsafe: these sockets keep their descriptors, so this is sound"
)]
fn watch<S: AsRawFd>(socket: S, interest: Interest) -> io::Result<AsyncFd<S>> {
    AsyncFd::with_interest(socket, interest)
}

/// Accepts players for ever.
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
    let interest = Interest::READABLE | Interest::WRITABLE;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let interest = interest | Interest::PRIORITY;
    let stream = watch(stream, interest)?;
    let target = peer::target();
    let mut lines = Lines::new();
    let mut came = pin!(end.came.notified());
    loop {
        let turn = poll_fn(|cx| {
            // Before anything else: a player who never stops guessing must hear of the end too.
            if let Some(event) = end.event.get() {
                return Poll::Ready(Ok(Err(*event)));
            }
            let turn = poll_turn(&stream, cx, addr, target, &mut lines, end);
            if turn.is_pending() && came.as_mut().poll(cx).is_ready() {
                // Not now, as was just seen. What matters is that it wakes this task when it is.
                cx.waker().wake_by_ref();
            }
            turn.map_ok(Ok)
        });
        let (next, unsent) = match turn.await? {
            Ok(turn) => turn,
            Err(event) => return part(&stream, event.goodbye()).await,
        };
        if !unsent.is_empty() {
            send(&stream, &unsent).await?;
        }
        match next {
            Next::Turn => {}
            Next::End => return Ok(()),
            Next::Right => return part(&stream, "").await,
        }
    }
}

/// Reads once, as soon as there is something, and answers with one write. Gives what could not be written.
fn poll_turn(
    stream: &AsyncFd<TcpStream>,
    cx: &mut Context<'_>,
    addr: SocketAddr,
    target: usize,
    lines: &mut Lines,
    end: &End,
) -> Poll<io::Result<(Next, Vec<u8>)>> {
    BUFFERS.with_borrow_mut(|(input, answers)| {
        let mut socket = stream.get_ref();
        let length = loop {
            let mut ready = ready!(stream.poll_read_ready(cx))?;
            match socket.read(input) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error)),
                Ok(length) => {
                    if 0 < length && length < CHUNK && !is_urgent(stream) {
                        ready.clear_ready();
                    }
                    break length;
                }
            }
        };
        let mut next = peer::answer(&input[..length], lines, target, answers);
        if next == Next::Right {
            match end.announce(GameOver::SomeoneWon(addr)) {
                true => answers.extend_from_slice(CORRECT.as_bytes()),
                false => next = Next::Turn,
            }
        }
        let sent = match answers.is_empty() {
            true => 0,
            false => match socket.write(answers) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                sent => sent?,
            },
        };
        Poll::Ready(Ok((next, answers[sent..].to_vec())))
    })
}

/// Whether urgent data came, at any time: nothing is known then of what is behind it.
fn is_urgent(stream: &AsyncFd<TcpStream>) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return stream.try_io(Interest::PRIORITY, |_| Ok(())).is_ok();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    return false;
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

/// Says the last line and sees the player off.
async fn part(stream: &AsyncFd<TcpStream>, line: &str) -> io::Result<()> {
    send(stream, line.as_bytes()).await?;
    stream.get_ref().shutdown(Shutdown::Write)?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let read =
            |mut socket: &TcpStream| BUFFERS.with_borrow_mut(|(input, _)| socket.read(input));
        match timeout(SILENCE, stream.async_io(Interest::READABLE, read)).await {
            Ok(Ok(1..)) => {}
            Ok(end) => return end.map(drop),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
