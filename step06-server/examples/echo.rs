//! An echo server and two clients, all on one thread.
//!
//! Each waits only for its own socket, and the thread waits for all of them at once.
//!
//! `cargo run -p step06-server --example echo`

use std::{io, net::SocketAddr, thread};

use futures_lite::{AsyncBufReadExt, AsyncWriteExt, StreamExt, io::BufReader, io::copy};
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).await?;
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

/// Sends so many clients back what they say, all at the same time, until they hang up.
async fn serve(listener: TcpListener, clients: usize) -> io::Result<()> {
    let mut echoes = Vec::new();
    for _ in 0..clients {
        let (stream, addr) = listener.accept().await?;
        echoes.push(spawn(async move {
            let bytes = copy(stream.clone(), stream).await?;
            println!("{:?}: {addr} hung up after {bytes} bytes", thread::current().id());
            Ok::<_, io::Error>(())
        }));
    }
    for echo in echoes {
        echo.await?;
    }
    Ok(())
}

/// Says a few words, one after the other, and waits for each to come back.
async fn talk(name: &str, addr: SocketAddr, words: &[&str]) -> io::Result<()> {
    let mut stream = TcpStream::connect(addr).await?;
    let mut echoes = BufReader::new(stream.clone()).lines();
    for word in words {
        stream.write_all(format!("{word}\n").as_bytes()).await?;
        let echo = echoes.next().await.transpose()?;
        println!("{:?}: {name} said {word:?} and heard {echo:?}", thread::current().id());
    }
    Ok(())
}
