//! A connection that is reset, whenever that happens, ends for whoever uses it, and for nobody else.

mod common;

use std::{
    future::Future,
    io::{ErrorKind, Write},
    net,
    time::Duration,
};

use common::within_deadline;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::net::sockopt::set_socket_linger;
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// A connection: our end, and the peer's, which blocks as sockets do.
async fn pair() -> (TcpStream, net::TcpStream) {
    let listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    let addr = listener.local_addr().expect("it is bound");
    let peer = net::TcpStream::connect(addr).expect("it listens");
    let (stream, _) = listener.accept().await.expect("the peer has connected");
    (stream, peer)
}

/// Ends a connection with a reset instead of an orderly end.
fn reset(peer: net::TcpStream) {
    set_socket_linger(&peer, Some(Duration::ZERO)).expect("it is a socket");
    drop(peer);
}

/// Lets the reactor hear what there is to hear, and the tasks what it has heard.
async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn a_reset_before_a_read_is_an_error_and_then_the_end() {
    run(async {
        for reactor_knows in [false, true] {
            let (mut stream, peer) = pair().await;
            reset(peer);
            if reactor_knows {
                turns().await;
            }
            let error = stream.read(&mut [0]).await.expect_err("a reset");
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(stream.read(&mut [0]).await.expect("no error"), 0);
            let error = stream.write(&[0]).await.expect_err("nobody reads it");
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn a_reset_ends_a_read_that_waits() {
    run(async {
        let (mut stream, peer) = pair().await;
        let reader = spawn(async move { stream.read(&mut [0]).await });
        turns().await;
        reset(peer);
        assert_eq!(reader.await.expect_err("a reset").kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_after_a_read_ends_the_next_one() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"some").expect("it is connected");
        assert_ne!(stream.read(&mut [0; 10]).await.expect("no error"), 0);
        reset(peer);
        let mut rest = Vec::new();
        let error = stream.read_to_end(&mut rest).await.expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_ends_a_write_that_waits() {
    run(async {
        let (mut stream, peer) = pair().await;
        let writer = spawn(async move { stream.write_all(&vec![0; 32 << 20]).await });
        // Whether it waits already or not, it cannot have sent all of that.
        turns().await;
        reset(peer);
        let error = writer.await.expect_err("a reset");
        assert!(matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ));
    });
}

#[test]
fn a_reset_before_accept_harms_only_that_connection() {
    run(async {
        let listener =
            TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        reset(net::TcpStream::connect(addr).expect("it listens"));
        let mut peer = net::TcpStream::connect(addr).expect("it listens");
        peer.write_all(b"!").expect("it is connected");
        let wanted = peer.local_addr().expect("it is connected");
        loop {
            // The first may be an error, or a stream on which everything is one.
            match listener.accept().await {
                Ok((mut stream, from)) if from == wanted => {
                    stream.read_exact(&mut [0]).await.expect("it was sent");
                    break;
                }
                Ok((mut stream, _)) => {
                    drop(stream.read(&mut [0]).await.expect_err("a reset"))
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionAborted),
            }
        }
    });
}
