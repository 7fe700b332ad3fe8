//! TCP sockets do what sockets do, without ever blocking the thread.

mod common;

use std::{
    future::Future,
    io::{ErrorKind, Write},
    net::{self, SocketAddr},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use common::within_deadline;
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    let addr = listener.local_addr().expect("it is bound");
    (listener, addr)
}

/// A connection: our end, and the peer's, which blocks as sockets do.
async fn pair() -> (TcpStream, net::TcpStream) {
    let (listener, addr) = listen().await;
    let peer = net::TcpStream::connect(addr).expect("it listens");
    let (stream, _) = listener.accept().await.expect("the peer has connected");
    (stream, peer)
}

#[test]
fn two_ends_in_one_runtime_talk_to_each_other() {
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
        let mut said = [0; 5];
        stream.read_exact(&mut said).await.expect("the client sends five bytes");
        stream
            .write_all(&said.map(|byte| byte.to_ascii_uppercase()))
            .await
            .expect("it reads");
        let local = client.await.expect("no error");
        assert_eq!((from, stream.peer_addr().expect("connected")), (local, local));
    });
}

#[test]
fn what_is_sent_arrives_in_order_and_whole_in_both_directions() {
    run(async {
        let (listener, addr) = listen().await;
        let bytes: Vec<u8> = (0..8 << 20).map(|n: usize| (n % 251) as u8).collect();
        let sent = bytes.clone();
        let echo = spawn(async move {
            let (stream, _) = listener.accept().await.expect("a client connects");
            futures_lite::io::copy(stream.clone(), stream).await
        });
        let mut stream = TcpStream::connect(addr).await.expect("it listens");
        let mut writer = stream.clone();
        let writing = spawn(async move {
            // Pieces that do not fit any buffer, and then one that is larger than all of them.
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
        writing.await.expect("no error");
        assert_eq!(echo.await.expect("no error"), 8 << 20);
    });
}

#[test]
fn with_nodelay_a_small_write_does_not_wait_until_the_one_before_is_acknowledged() {
    run(async {
        loop {
            let (mut stream, peer) = pair().await;
            stream.set_nodelay(true).expect("it is a TCP socket");
            // The peer has nothing to send and takes its time to acknowledge: 40 ms at the least.
            #[cfg(target_os = "linux")]
            rustix::net::sockopt::set_tcp_quickack(&peer, false)
                .expect("it is a TCP socket");
            let start = Instant::now();
            stream.write_all(b"a").await.expect("there is room");
            stream.write_all(b"b").await.expect("there is room");
            while peer.peek(&mut [0; 2]).expect("it was sent") < 2 {}
            // A busy machine may be late, but not for ever.
            if start.elapsed() < Duration::from_millis(20) {
                break;
            }
        }
    });
}

#[test]
fn a_refused_connection_and_an_address_in_use_are_errors() {
    run(async {
        let (listener, addr) = listen().await;
        let again = TcpListener::bind(addr).await.expect_err("the port is taken");
        assert_eq!(again.kind(), ErrorKind::AddrInUse);
        drop(listener);
        let refused =
            TcpStream::connect(addr).await.expect_err("nobody listens any more");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn reading_into_nothing_is_not_the_end() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("it is connected");
        let mut byte = [0];
        stream.read_exact(&mut byte).await.expect("it was sent");
        peer.write_all(b"y").expect("it is connected");
        // The reactor hears of it now, and not once more.
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(stream.read(&mut []).await.expect("no error"), 0);
        assert_eq!(stream.read(&mut byte).await.expect("no error"), 1);
        assert_eq!(&byte, b"y");
    });
}

#[test]
fn sockets_whose_runtime_has_ended_give_errors() {
    let (listener, mut stream, _peer) = run(async {
        let (stream, peer) = pair().await;
        (listen().await.0, stream, peer)
    });
    let expected = "the runtime of this socket has ended";
    run(async {
        for error in [
            listener.accept().await.map(drop).expect_err("an error"),
            stream.read(&mut [0]).await.map(drop).expect_err("an error"),
            stream.write(&[0]).await.map(drop).expect_err("an error"),
        ] {
            assert_eq!(error.to_string(), expected);
        }
    });
    // Nor outside any runtime.
    let mut cx = Context::from_waker(Waker::noop());
    let polls = [
        Pin::new(&mut stream).poll_read(&mut cx, &mut [0]),
        Pin::new(&mut stream).poll_write(&mut cx, &[0]),
    ];
    for poll in polls {
        assert!(matches!(poll, Poll::Ready(Err(error)) if error.to_string() == expected));
    }
}

#[test]
#[should_panic(expected = "a socket needs a runtime: make it inside `block_on`")]
fn bind_outside_block_on_panics() {
    let _ = futures_lite::future::block_on(TcpListener::bind(([127, 0, 0, 1], 0).into()));
}

#[test]
#[should_panic(expected = "a socket needs a runtime: make it inside `block_on`")]
fn connect_outside_block_on_panics() {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let addr = listener.local_addr().expect("it is bound");
    let _ = futures_lite::future::block_on(TcpStream::connect(addr));
}
