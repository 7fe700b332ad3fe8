//! Sockets for the tests: connected pairs, a reset, a full send buffer.

use std::{
    io::{ErrorKind, Read},
    net::{self, SocketAddr},
};

use futures_lite::{AsyncWrite, AsyncWriteExt, future::poll_once};
use step::runtime::{
    net::{TcpListener, TcpStream},
    yield_now,
};

/// Listens on a free port of this machine.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(addr).await.expect("there is a free port");
    let addr = listener.local_addr().expect("the listener is bound");
    (listener, addr)
}

/// Makes a connection. The first end belongs to the runtime. The second one is the peer,
/// an ordinary socket that blocks.
pub async fn pair() -> (TcpStream, net::TcpStream) {
    let (listener, addr) = listen().await;
    let peer = net::TcpStream::connect(addr).expect("the listener is there");
    let (stream, _) = listener.accept().await.expect("the peer has connected");
    (stream, peer)
}

/// Ends a connection with a reset instead of an orderly end.
#[cfg(unix)]
pub fn reset(peer: net::TcpStream) {
    let at_once = Some(std::time::Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(&peer, at_once).expect("it is a socket");
    drop(peer);
}

/// Writes until the buffers of both ends are full. Returns how many bytes they hold.
pub async fn fill(stream: &mut (impl AsyncWrite + Unpin)) -> usize {
    let (mut sent, mut pending) = (0, 0);
    // The kernel moves bytes from one buffer to the other, so one `Pending` is not the
    // end.
    while pending < 100 {
        match poll_once(stream.write(&[7; 65536])).await {
            Some(written) => {
                (sent, pending) = (sent + written.expect("the peer is there"), 0);
            }
            None => pending += 1,
        }
        yield_now().await;
    }
    sent
}

/// Reads all bytes that have arrived at the peer, without waiting for more.
pub fn drain(peer: &mut net::TcpStream) {
    peer.set_nonblocking(true).expect("it is a socket");
    let mut buffer = vec![0; 1 << 20];
    loop {
        match peer.read(&mut buffer) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            other => panic!("expected more bytes, or none for now, but got {other:?}"),
        }
    }
    peer.set_nonblocking(false).expect("it is a socket");
}
