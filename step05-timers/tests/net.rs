//! TCP sockets: bytes, addresses, options, errors, cancelled calls.

use std::{
    io::{ErrorKind, Read, Write},
    net,
    time::{Duration, Instant},
};

use futures_lite::{AsyncReadExt, AsyncWriteExt, future::poll_once};
use step::runtime::{net::TcpStream, spawn};

use crate::common::{
    sockets::{listen, pair},
    tasks::{run, turns},
};

#[test]
fn two_ends_in_one_runtime_exchange_bytes() {
    run(async {
        let (listener, addr) = listen().await;
        let client = spawn(async move {
            let mut stream = TcpStream::connect(addr).await?;
            assert_eq!(stream.peer_addr()?, addr);
            stream.write_all(b"hello").await?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).await?;
            assert_eq!(&answer, b"HELLO");
            stream.local_addr()
        });
        let (mut stream, from) = listener.accept().await.expect("a client connects");
        let mut word = [0; 5];
        stream.read_exact(&mut word).await.expect("the client sends five bytes");
        word.make_ascii_uppercase();
        stream.write_all(&word).await.expect("the client reads");
        let local = client.await.expect("no call failed");
        assert_eq!((from, stream.peer_addr().expect("connected")), (local, local));
    });
}

#[test]
fn all_bytes_arrive_in_order_in_both_directions() {
    run(async {
        let (listener, addr) = listen().await;
        let bytes: Vec<u8> = (0..8 << 20).map(|n: usize| (n % 251) as u8).collect();
        let sent = bytes.clone();
        let echo = spawn(async move {
            let (stream, _) = listener.accept().await.expect("a client connects");
            futures_lite::io::copy(stream.clone(), stream).await
        });
        let mut stream = TcpStream::connect(addr).await.expect("the echo listens");
        let mut writer = stream.clone();
        let writing = spawn(async move {
            // First pieces that divide no buffer evenly, then one larger than all
            // buffers.
            let (pieces, rest) = sent.split_at(sent.len() / 8);
            for piece in pieces.chunks(4097) {
                writer.write_all(piece).await.expect("the echo reads");
            }
            writer.write_all(rest).await.expect("the echo reads");
            writer.close().await
        });
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await.expect("the echo answers");
        assert!(back == bytes, "{} bytes came back changed", back.len());
        writing.await.expect("the echo reads to the end");
        assert_eq!(echo.await.expect("the echo read to the end"), 8 << 20);
    });
}

#[test]
fn nodelay_sends_a_small_write_before_the_last_one_is_acknowledged() {
    run(async {
        loop {
            let (mut stream, peer) = pair().await;
            stream.set_nodelay(true).expect("it is a TCP socket");
            // The peer sends nothing, so its acknowledgement takes 40 ms or more.
            #[cfg(target_os = "linux")]
            rustix::net::sockopt::set_tcp_quickack(&peer, false).expect("a TCP socket");
            let start = Instant::now();
            stream.write_all(b"a").await.expect("the buffer has room");
            stream.write_all(b"b").await.expect("the buffer has room");
            while peer.peek(&mut [0; 2]).expect("the bytes were sent") < 2 {}
            // On a busy machine even this can take long, but not every time.
            if start.elapsed() < Duration::from_millis(20) {
                break;
            }
        }
    });
}

#[test]
fn a_refused_connection_is_an_error() {
    run(async {
        let (listener, addr) = listen().await;
        drop(listener);
        let error = TcpStream::connect(addr).await.expect_err("the listener is gone");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_read_into_an_empty_buffer_leaves_the_socket_ready() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("the peer is connected");
        let mut byte = [0];
        stream.read_exact(&mut byte).await.expect("the byte was sent");
        peer.write_all(b"y").expect("the peer is connected");
        // The reactor takes in the event now. It will not get another one.
        turns().await;
        assert_eq!(stream.read(&mut []).await.expect("the connection holds"), 0);
        assert_eq!(stream.read(&mut byte).await.expect("the connection holds"), 1);
        assert_eq!(&byte, b"y");
    });
}

#[test]
fn a_cancelled_read_loses_no_bytes() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut buffer = [0; 10];
        assert!(poll_once(stream.read(&mut buffer)).await.is_none());
        peer.write_all(b"x").expect("the peer is connected");
        assert_eq!(stream.read(&mut buffer).await.expect("the byte was sent"), 1);
    });
}

#[test]
fn a_cancelled_connect_closes_the_connection() {
    run(async {
        let listener = net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("the listener is bound");
        drop(poll_once(TcpStream::connect(addr)).await);
        let (mut stream, _) = listener.accept().expect("the connection was begun");
        assert_eq!(stream.read(&mut [0]).expect("the end is no error"), 0);
    });
}
