//! Conversions from and to sockets of the standard library; other crates set options.

use std::{
    io::{ErrorKind, Read, Write},
    net,
    time::{Duration, Instant},
};

use futures_lite::{AsyncReadExt, AsyncWriteExt, future::poll_once};
use step::runtime::{
    net::{TcpListener, TcpStream},
    spawn,
};

use crate::common::{
    sockets::{drain, fill, listen, pair},
    tasks::{run, turns},
};

/// Makes a listener of the standard library.
fn std_listener() -> (net::TcpListener, net::SocketAddr) {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let addr = listener.local_addr().expect("the listener is bound");
    (listener, addr)
}

/// Makes two connected streams of the standard library.
fn std_pair() -> (net::TcpStream, net::TcpStream) {
    let (listener, addr) = std_listener();
    let stream = net::TcpStream::connect(addr).expect("the listener is there");
    (stream, listener.accept().expect("the stream has connected").0)
}

#[test]
fn a_listener_that_is_taken_over_accepts_without_blocking() {
    run(async {
        let (listener, addr) = std_listener();
        let listener = TcpListener::try_from(listener).expect("it is a listener");
        let client = spawn(TcpStream::connect(addr));
        let (_stream, from) = listener.accept().await.expect("a client connects");
        let client = client.await.expect("the listener is there");
        assert_eq!(client.local_addr().expect("it is connected"), from);
        // A listener that blocks would stay in this call.
        assert!(poll_once(listener.accept()).await.is_none());
    });
}

#[test]
fn a_stream_that_is_taken_over_reads_and_writes_without_blocking() {
    run(async {
        let (stream, mut peer) = std_pair();
        let mut stream = TcpStream::try_from(stream).expect("it is connected");
        assert!(poll_once(stream.read(&mut [0])).await.is_none());
        peer.write_all(b"a").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        // A stream that blocks would stay in one of these calls.
        fill(&mut stream).await;
        drain(&mut peer);
        stream.write_all(b"b").await.expect("the buffer has room again");
    });
}

#[cfg(unix)]
#[test]
fn a_connection_that_is_not_there_yet_can_be_taken_over() {
    use rustix::net::{AddressFamily, SocketType, connect, socket};

    run(async {
        let (listener, addr) = std_listener();
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None);
        let socket = socket.expect("there is room for a socket");
        rustix::io::ioctl_fionbio(&socket, true).expect("it is a socket");
        // The error is that the call does not wait.
        let _ = connect(&socket, &addr);
        let stream = TcpStream::try_from(net::TcpStream::from(socket));
        stream.expect("a socket").write_all(b"x").await.expect("a connection");
        let mut byte = [0];
        listener.accept().expect("a client").0.read_exact(&mut byte).expect("a byte");
        assert_eq!(&byte, b"x");
    });
}

/// Returns whether a read waits for bytes.
fn blocks(stream: &mut net::TcpStream) -> bool {
    let patience = Duration::from_millis(20);
    stream.set_read_timeout(Some(patience)).expect("it is a socket");
    let start = Instant::now();
    stream.read(&mut [0]).expect_err("no bytes were sent");
    start.elapsed() >= patience / 2
}

#[test]
fn a_stream_that_goes_out_blocks_and_keeps_its_bytes() {
    run(async {
        let (stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("the peer is connected");
        turns().await;
        let mut stream = stream.into_std().expect("there is no clone");
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the byte was sent");
        assert_eq!(&byte, b"x");
        assert!(blocks(&mut stream));
    });
}

#[test]
fn a_listener_that_goes_out_keeps_its_connections() {
    run(async {
        let (listener, addr) = listen().await;
        let client = net::TcpStream::connect(addr).expect("the listener is there");
        turns().await;
        let listener = listener.into_std().expect("the listener is not in use");
        #[cfg(unix)]
        {
            let flags = rustix::fs::fcntl_getfl(&listener).expect("it is a socket");
            assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK), "it blocks");
        }
        let (_stream, from) = listener.accept().expect("the client has connected");
        assert_eq!(client.local_addr().expect("it is connected"), from);
    });
}

#[test]
fn a_socket_that_goes_out_leaves_the_poller() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        for _ in 0..3 {
            let socket = stream.into_std().expect("there is no clone");
            // No poller takes the same socket twice.
            stream = TcpStream::try_from(socket).expect("no poller watches it");
            peer.write_all(b"x").expect("the peer is connected");
            stream.read_exact(&mut [0]).await.expect("the byte was sent");
        }
        let (mut listener, addr) = listen().await;
        for _ in 0..3 {
            let socket = listener.into_std().expect("the listener is not in use");
            listener = TcpListener::try_from(socket).expect("no poller watches it");
            let client = net::TcpStream::connect(addr).expect("the listener is there");
            listener.accept().await.expect("the client has connected");
            drop(client);
        }
    });
}

#[test]
fn a_stream_can_move_to_another_runtime() {
    let (mut stream, mut peer) = run(async {
        let (stream, peer) = pair().await;
        (stream.into_std().expect("there is no clone"), peer)
    });
    for byte in *b"abc" {
        stream = run(async {
            let mut stream = TcpStream::try_from(stream).expect("it is connected");
            stream.write_all(&[byte]).await.expect("the peer is there");
            stream.into_std().expect("there is no clone")
        });
    }
    drop(stream);
    let mut text = String::new();
    peer.read_to_string(&mut text).expect("three runtimes wrote");
    assert_eq!(text, "abc");
}

#[test]
fn sockets_go_out_after_their_runtime_has_ended() {
    let (stream, mut peer) = run(pair());
    let mut stream = stream.into_std().expect("there is no clone");
    peer.write_all(b"x").expect("the peer is connected");
    stream.read_exact(&mut [0]).expect("the byte was sent");
    let (listener, addr) = run(listen());
    let listener = listener.into_std().expect("the listener is not in use");
    let _client = net::TcpStream::connect(addr).expect("the listener is there");
    listener.accept().expect("the client has connected");
}

#[test]
fn a_stream_with_a_clone_stays_in_the_runtime() {
    run(async {
        let (stream, mut peer) = pair().await;
        let mut clone = stream.clone();
        let error = stream.into_std().expect_err("there is a clone");
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        // The clone can be used, and goes out as soon as it is the only handle.
        assert!(poll_once(clone.read(&mut [0])).await.is_none());
        peer.write_all(b"xy").expect("the peer is connected");
        clone.read_exact(&mut [0]).await.expect("the byte was sent");
        let mut stream = clone.into_std().expect("the other handle is gone");
        stream.read_exact(&mut [0]).expect("the byte was sent");
    });
}

#[cfg(unix)]
#[test]
fn another_crate_sets_the_options_of_a_socket() {
    use rustix::net::sockopt;

    run(async {
        let (stream, _peer) = pair().await;
        for on in [true, false] {
            sockopt::set_socket_keepalive(&stream, on).expect("it is a TCP socket");
            assert_eq!(sockopt::socket_keepalive(&stream).expect("it is"), on);
        }
        let (listener, _) = listen().await;
        assert!(sockopt::socket_acceptconn(&listener).expect("it is a listener"));
    });
}
