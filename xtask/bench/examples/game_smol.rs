//! The game on smol, tuned as its documentation advises: a `LocalExecutor` on one thread instead of the global
//! executor; sockets as `Async<TcpStream>`, read only when `poll_readable` says so; no buffer for an idle connection; and
//! a `OnceCell` for the end, which is waited for once a connection, and is polled only when there is nothing to read.

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use peer::{CHUNK, CORRECT, GameOver, Next, SILENCE};
use smol::{
    Async, LocalExecutor, Timer,
    channel::{Sender, bounded},
    future::or,
    io::AsyncWriteExt,
    lock::OnceCell,
};
use step06_server::game::Lines;

mod peer;

/// How long to wait before accepting again after accepting failed.
const PAUSE: Duration = Duration::from_millis(100);

/// How long one may go on talking after the last line.
const TALK: Duration = Duration::from_secs(5);

thread_local! {
    static BUFFERS: RefCell<([u8; CHUNK], Vec<u8>)> = const { RefCell::new(([0; CHUNK], Vec::new())) };
}

fn main() {
    let (addr, duration) = peer::options();
    let executor = Rc::new(LocalExecutor::new());
    if let Err(error) = smol::block_on(executor.run(run(executor.clone(), addr, duration))) {
        peer::fail(addr, &error);
    }
}

async fn run(
    executor: Rc<LocalExecutor<'static>>,
    addr: SocketAddr,
    duration: Duration,
) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind(addr)?;
    peer::announce(listener.get_ref().local_addr()?);
    let end = Rc::new(OnceCell::new());
    let (playing, all_gone) = bounded::<()>(1);
    or(
        async {
            end.wait().await;
        },
        or(
            async {
                Timer::after(duration).await;
            },
            welcome(&executor, &listener, &end, &playing),
        ),
    )
    .await;
    let _ = end.set_blocking(GameOver::TimeOut);
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Accepts players for ever.
async fn welcome(
    executor: &LocalExecutor<'static>,
    listener: &Async<TcpListener>,
    end: &Rc<OnceCell<GameOver>>,
    playing: &Sender<()>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let (end, playing) = (end.clone(), playing.clone());
                let task = async move {
                    let _playing = playing;
                    let _ = play(stream, addr, &end).await;
                };
                executor.spawn(task).detach();
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => {
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Plays with one client.
async fn play(
    mut stream: Async<TcpStream>,
    addr: SocketAddr,
    end: &OnceCell<GameOver>,
) -> io::Result<()> {
    stream.get_ref().set_nodelay(true)?;
    let target = peer::target();
    let mut lines = Lines::new();
    let mut ended = pin!(end.wait());
    loop {
        let turn = poll_fn(|cx| {
            // Before anything else: a player who never stops guessing must hear of the end too.
            if let Some(event) = end.get() {
                return Poll::Ready(Ok(Err(*event)));
            }
            let turn = poll_turn(&stream, cx, addr, target, &mut lines, end);
            if turn.is_pending() && ended.as_mut().poll(cx).is_ready() {
                // Not now, as was just seen. What matters is that it wakes this task when it is.
                cx.waker().wake_by_ref();
            }
            turn.map_ok(Ok)
        });
        let (next, unsent) = match turn.await? {
            Ok(turn) => turn,
            Err(event) => return part(stream, event.goodbye()).await,
        };
        if !unsent.is_empty() {
            stream.write_all(&unsent).await?;
        }
        match next {
            Next::Turn => {}
            Next::End => return Ok(()),
            Next::Right => return part(stream, "").await,
        }
    }
}

/// Reads once, as soon as there is something, and answers with one write. Gives what could not be written.
fn poll_turn(
    stream: &Async<TcpStream>,
    cx: &mut Context<'_>,
    addr: SocketAddr,
    target: usize,
    lines: &mut Lines,
    end: &OnceCell<GameOver>,
) -> Poll<io::Result<(Next, Vec<u8>)>> {
    BUFFERS.with_borrow_mut(|(input, answers)| {
        let mut socket = stream.get_ref();
        let length = loop {
            ready!(stream.poll_readable(cx))?;
            match socket.read(input) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                length => break length?,
            }
        };
        let mut next = peer::answer(&input[..length], lines, target, answers);
        if next == Next::Right {
            match end.set_blocking(GameOver::SomeoneWon(addr)) {
                Ok(_) => answers.extend_from_slice(CORRECT.as_bytes()),
                Err(_) => next = Next::Turn,
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

/// Says the last line and sees the player off.
async fn part(mut stream: Async<TcpStream>, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.get_ref().shutdown(Shutdown::Write)?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let heard = async {
            let read =
                |mut socket: &TcpStream| BUFFERS.with_borrow_mut(|(input, _)| socket.read(input));
            stream.read_with(read).await
        };
        let silence = async {
            Timer::after(SILENCE).await;
            Ok(0)
        };
        if or(heard, silence).await? == 0 {
            break;
        }
    }
    Ok(())
}
