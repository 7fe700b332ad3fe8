//! An echo server and two clients, all on one thread.
//!
//! Each task waits for its own socket, and the thread waits for all sockets at once.
//!
//! `cargo run -p step06-server --example echo`

use std::{io, net::SocketAddr, thread};

use futures_lite::{AsyncBufReadExt, AsyncWriteExt, StreamExt, io::BufReader, io::copy};
use step::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn,
};
use step06_server as step;

fn main() -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let addr = listener.local_addr()?;
        println!("{:?}: the server listens on {addr}", thread::current().id());
        let server = spawn(serve(listener, 2));

        let first = spawn(talk("client 1", addr, &["one", "two", "three"]));
        let second = spawn(talk("client 2", addr, &["uno", "due", "tre"]));
        first.await?;
        second.await?;
        server.await
    })
}

/// Accepts this many clients, and sends back what each of them sends.
async fn serve(listener: TcpListener, clients: usize) -> io::Result<()> {
    let mut echoes = Vec::new();
    for _ in 0..clients {
        let (stream, addr) = listener.accept().await?;
        echoes.push(spawn(async move {
            let bytes = copy(stream.clone(), stream).await?;
            let id = thread::current().id();
            println!("{id:?}: {addr} disconnected after {bytes} bytes");
            Ok::<_, io::Error>(())
        }));
    }
    for echo in echoes {
        echo.await?;
    }
    Ok(())
}

/// Sends words one after the other, and waits for each to come back.
async fn talk(name: &str, addr: SocketAddr, words: &[&str]) -> io::Result<()> {
    let mut stream = TcpStream::connect(addr).await?;
    let mut echoes = BufReader::new(stream.clone()).lines();
    for word in words {
        stream.write_all(format!("{word}\n").as_bytes()).await?;
        let echo = echoes.next().await.transpose()?;
        println!("{:?}: {name} sent {word:?}, got {echo:?}", thread::current().id());
    }
    Ok(())
}
