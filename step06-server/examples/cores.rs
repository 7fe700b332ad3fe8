//! Uses every core: one runtime on each, and one game for all of them.
//!
//! What a runtime owns stays on one thread, so each core gets a runtime with a listener.
//! All listeners share one port (`SO_REUSEPORT`), and Linux spreads the clients among
//! them. The threads share only a channel: a win on one thread ends the game on all.
//!
//! `cargo run --release -p step06-server --example cores -- [ADDR] [THREADS]`

use std::{env, io, net, pin::pin, thread, time::Duration};

use async_broadcast::{Receiver, Sender, broadcast};
use step::{
    game::{Connection, GameOver},
    runtime::{Either, TaskGroup, block_on, net::TcpListener, select, time},
};
use step06_server as step;

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let addr = args.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let mut addr: net::SocketAddr = addr.parse().map_err(io::Error::other)?;
    let threads: Option<usize> = args.next().and_then(|count| count.parse().ok());
    let threads = threads.unwrap_or(thread::available_parallelism()?.get());
    let channel = broadcast(1);
    let mut running = Vec::new();
    for number in 1..=threads {
        let listener = listen(addr)?;
        // If the port is 0, the first listener picks a port for all listeners.
        addr = listener.local_addr()?;
        let channel = channel.clone();
        running.push(thread::spawn(move || block_on(play(number, listener, channel))));
    }
    println!("listening on {addr}");
    running.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
}

/// Makes a listener. Several listeners can share an address, because each asks for it.
#[cfg(unix)]
fn listen(addr: net::SocketAddr) -> io::Result<net::TcpListener> {
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket, sockopt};
    let family = if addr.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket(family, SocketType::STREAM, None)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &addr)?;
    listen(&socket, 1024)?;
    Ok(socket.into())
}

#[cfg(not(unix))]
fn listen(addr: net::SocketAddr) -> io::Result<net::TcpListener> {
    net::TcpListener::bind(addr)
}

/// Plays on this thread until a client wins on any thread.
async fn play(
    number: usize,
    listener: net::TcpListener,
    (announce, over): (Sender<GameOver>, Receiver<GameOver>),
) -> io::Result<()> {
    let listener = TcpListener::try_from(listener)?;
    let (clients, mut count, mut end) = (TaskGroup::new(), 0, over.clone());
    let mut end = pin!(end.recv());
    let event = loop {
        match select(end.as_mut(), pin!(listener.accept())).await {
            Either::Left(event) => break event.expect("`announce` keeps it open"),
            Either::Right(Ok((stream, addr))) => {
                let target = rand::random_range(1..=100);
                let mut client = Connection::new(stream, addr, target, announce.clone());
                let mut over = over.clone();
                clients.spawn(async move { drop(client.handle(&mut over).await) });
                count += 1;
            }
            Either::Right(Err(_)) => time::sleep(Duration::from_millis(100)).await,
        }
    };
    drop(listener);
    let _ = time::timeout(Duration::from_secs(5), clients.join()).await;
    println!("thread {number} played with {count} clients; {event}");
    Ok(())
}
