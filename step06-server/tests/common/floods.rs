//! Sockets that are always ready, and how often each of them was served.

#![allow(dead_code, reason = "the tests of the first tasks do not use all of it")]

use std::{cell::Cell, future::Future, io::Write, net, pin::Pin, rc::Rc};

use futures_lite::AsyncReadExt;
use step::runtime::net::TcpStream;

use super::sockets::pair;

/// A future of the task under test.
pub type Part = Pin<Box<dyn Future<Output = ()>>>;

/// How often each socket was served.
pub type Counts = Rc<[Cell<usize>; 4]>;

/// Makes a socket that stays readable.
pub async fn readable() -> (TcpStream, net::TcpStream) {
    let (mut stream, mut peer) = pair().await;
    peer.write_all(b"xx").expect("the peer is connected");
    stream.read_exact(&mut [0]).await.expect("the byte was sent");
    (stream, peer)
}

/// Reads for ever, and counts. A read into an empty buffer leaves the data in the socket.
pub async fn flood(mut stream: TcpStream, count: impl Fn()) {
    loop {
        stream.read(&mut []).await.expect("the peer is connected");
        count();
    }
}
