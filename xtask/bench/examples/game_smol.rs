//! The game on smol, tuned as its documentation advises: a `LocalExecutor` on one thread instead of the global
//! executor; sockets as `Async<TcpStream>`, read only when `poll_readable` allows it; no buffer for an idle connection;
//! and a `OnceCell` for the end, which each connection awaits once and polls only when there is nothing to read.

use std::{
    future::poll_fn,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use peer::{GameOver, Next, PAUSE, SILENCE};
use smol::{
    Async, LocalExecutor, Timer,
    channel::{Sender, bounded},
    future::or,
    io::AsyncWriteExt,
    lock::OnceCell,
};
use turn::{Player, TALK};

mod peer;
#[path = "peer/turn.rs"]
mod turn;

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
    let won = async { _ = end.wait().await };
    let time_out = async { _ = Timer::after(duration).await };
    or(won, or(time_out, welcome(&executor, &listener, &end, &playing))).await;
    let _ = end.set_blocking(GameOver::TimeOut);
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Accepts clients for ever.
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
            Err(_) => _ = Timer::after(PAUSE).await,
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
    let mut player = Player::new(addr);
    let mut ended = pin!(end.wait());
    let announce = |event| end.set_blocking(event).is_ok();
    let write = |stream: &mut Async<TcpStream>, answers: &[u8]| stream.get_ref().write(answers);
    loop {
        let turn = poll_fn(|cx| {
            // Before anything else: a client that never stops guessing must get the end too.
            if let Some(event) = end.get() {
                return Poll::Ready(Ok(Err(*event)));
            }
            let turn = player.poll_turn(&mut stream, cx, poll_read, write, announce);
            if turn.is_pending() && ended.as_mut().poll(cx).is_ready() {
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

/// Reads as soon as there is something.
fn poll_read(
    stream: &mut Async<TcpStream>,
    cx: &mut Context<'_>,
    input: &mut [u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_readable(cx))?;
        match stream.get_ref().read(input) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return Poll::Ready(read),
        }
    }
}

/// Sends the last line, and waits until the client has closed its side or is silent.
async fn part(mut stream: Async<TcpStream>, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.get_ref().shutdown(Shutdown::Write)?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        let heard = stream.read_with(|mut socket| turn::skip(|input| socket.read(input)));
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
