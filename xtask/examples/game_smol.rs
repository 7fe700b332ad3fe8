//! The game on smol, tuned as its documentation advises: a `LocalExecutor` on one thread instead of the global
//! executor, sockets as `Async<TcpStream>`, no buffer for an idle connection.

use std::{
    cell::RefCell,
    future::poll_fn,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    pin::pin,
    rc::Rc,
    task::{Poll, ready},
    time::{Duration, Instant},
};

use async_broadcast::{Receiver, Sender, broadcast};
use peer::{CHUNK, CORRECT, GameOver, Next, SILENCE};
use smol::{Async, LocalExecutor, Timer, future::or, io::AsyncWriteExt};
use step06_server::lines::Lines;

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
    let (announce, over) = broadcast(1);
    let (playing, mut all_gone) = broadcast::<()>(1);
    let mut ending = over.clone();
    or(
        async {
            let _ = ending.recv().await;
        },
        or(
            async {
                Timer::after(duration).await;
            },
            welcome(&executor, &listener, &announce, &over, &playing),
        ),
    )
    .await;
    let _ = announce.try_broadcast(GameOver::TimeOut);
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Accepts players for ever.
async fn welcome(
    executor: &LocalExecutor<'static>,
    listener: &Async<TcpListener>,
    announce: &Sender<GameOver>,
    over: &Receiver<GameOver>,
    playing: &Sender<()>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let (announce, over, playing) = (announce.clone(), over.clone(), playing.clone());
                let task = async move {
                    let _playing = playing;
                    let _ = play(stream, addr, announce, over).await;
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
    announce: Sender<GameOver>,
    mut over: Receiver<GameOver>,
) -> io::Result<()> {
    stream.get_ref().set_nodelay(true)?;
    let target = peer::target();
    let mut lines = Lines::new();
    let mut over = pin!(over.recv());
    loop {
        let turn = poll_fn(|cx| {
            if let Poll::Ready(event) = over.as_mut().poll(cx) {
                return Poll::Ready(Ok(Err(event)));
            }
            loop {
                let turn = take_turn(&stream, addr, target, &mut lines, &announce);
                match turn {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(stream.poll_readable(cx))?;
                    }
                    turn => return Poll::Ready(turn.map(Ok)),
                }
            }
        });
        let (next, unsent) = match turn.await? {
            Ok(turn) => turn,
            Err(event) => return part(stream, event.map_or("", GameOver::goodbye)).await,
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

/// Reads once, and answers with one write. Gives what could not be written.
fn take_turn(
    stream: &Async<TcpStream>,
    addr: SocketAddr,
    target: usize,
    lines: &mut Lines,
    announce: &Sender<GameOver>,
) -> io::Result<(Next, Vec<u8>)> {
    BUFFERS.with_borrow_mut(|(input, answers)| {
        let mut socket = stream.get_ref();
        let length = socket.read(input)?;
        let mut next = peer::answer(&input[..length], lines, target, answers);
        if next == Next::Right {
            match announce.try_broadcast(GameOver::SomeoneWon(addr)) {
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
        Ok((next, answers[sent..].to_vec()))
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
