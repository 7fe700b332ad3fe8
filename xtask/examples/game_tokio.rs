//! The game on tokio's current-thread scheduler, tuned as its documentation advises: no buffer for an idle connection
//! (`readable` and `try_read`), `try_write` before `write_all`, a `watch` channel for the end.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use peer::{CHUNK, CORRECT, GameOver, Next, SILENCE};
use step06_server::lines::Lines;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
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

fn main() {
    let (addr, duration) = peer::options();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let played = runtime.and_then(|runtime| runtime.block_on(run(addr, duration)));
    if let Err(error) = played {
        peer::fail(addr, &error);
    }
}

async fn run(addr: SocketAddr, duration: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    peer::announce(listener.local_addr()?);
    let (announce, mut over) = watch::channel(None);
    let announce = Arc::new(announce);
    let (playing, mut all_gone) = mpsc::channel::<()>(1);
    tokio::select! {
        _ = over.changed() => {}
        () = sleep(duration) => {
            announce.send_if_modified(|over| over.replace(GameOver::TimeOut).is_none());
        }
        () = welcome(&listener, &announce, &playing) => {}
    }
    drop(listener);
    drop(playing);
    let _ = all_gone.recv().await;
    Ok(())
}

/// Accepts players for ever.
async fn welcome(
    listener: &TcpListener,
    announce: &Arc<watch::Sender<Option<GameOver>>>,
    playing: &mpsc::Sender<()>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let (announce, playing) = (announce.clone(), playing.clone());
                tokio::spawn(async move {
                    let _playing = playing;
                    let _ = play(stream, addr, announce).await;
                });
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Plays with one client.
async fn play(
    mut stream: TcpStream,
    addr: SocketAddr,
    announce: Arc<watch::Sender<Option<GameOver>>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let target = peer::target();
    let mut lines = Lines::new();
    let mut over = announce.subscribe();
    let ended = async { over.wait_for(Option::is_some).await.ok().and_then(|event| *event) };
    let mut ended = std::pin::pin!(ended);
    loop {
        tokio::select! {
            biased;
            event = &mut ended => {
                let goodbye = event.map_or("", GameOver::goodbye);
                return part(stream, goodbye).await;
            }
            ready = stream.readable() => ready?,
        }
        let turn = BUFFERS.with_borrow_mut(|(input, answers)| {
            let length = match stream.try_read(input) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                length => length?,
            };
            let mut next = peer::answer(&input[..length], &mut lines, target, answers);
            if next == Next::Right {
                let won = announce.send_if_modified(|over| match over {
                    Some(_) => false,
                    None => {
                        *over = Some(GameOver::SomeoneWon(addr));
                        true
                    }
                });
                match won {
                    true => answers.extend_from_slice(CORRECT.as_bytes()),
                    false => next = Next::Turn,
                }
            }
            let sent = match answers.is_empty() {
                true => 0,
                false => match stream.try_write(answers) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    sent => sent?,
                },
            };
            io::Result::Ok(Some((next, answers[sent..].to_vec())))
        });
        let Some((next, unsent)) = turn? else { continue };
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

/// Says the last line and sees the player off.
async fn part(mut stream: TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.shutdown().await?;
    let start = Instant::now();
    while start.elapsed() < TALK {
        match timeout(SILENCE, stream.readable()).await {
            Ok(ready) => ready?,
            Err(_) => return Ok(()),
        }
        match BUFFERS.with_borrow_mut(|(input, _)| stream.try_read(input)) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
