//! A connection that is reset: before, during and after a read, during a write, and
//! before it is accepted. On Unix only: the standard library cannot reset a connection.
#![cfg(unix)]

use std::{
    io::{ErrorKind, Write},
    net,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step::runtime::spawn;

use crate::common::{
    sockets::{fill, listen, pair, reset},
    tasks::{run, turns},
};

#[test]
fn a_reset_before_a_read_is_an_error_and_then_the_end() {
    run(async {
        for reactor_has_the_event in [false, true] {
            let (mut stream, peer) = pair().await;
            reset(peer);
            if reactor_has_the_event {
                turns().await;
            }
            let error = stream.read(&mut [0]).await.expect_err("a reset");
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(stream.read(&mut [0]).await.expect("the end is no error"), 0);
            let error = stream.write(&[0]).await.expect_err("the peer is gone");
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn a_reset_ends_a_pending_read() {
    run(async {
        let (mut stream, peer) = pair().await;
        let reader = spawn(async move { stream.read(&mut [0]).await });
        turns().await;
        reset(peer);
        let error = reader.await.expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_after_a_read_ends_the_next_read() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"some").expect("the peer is connected");
        assert_ne!(stream.read(&mut [0; 10]).await.expect("the bytes were sent"), 0);
        reset(peer);
        let mut rest = Vec::new();
        let error = stream.read_to_end(&mut rest).await.expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_ends_a_pending_write() {
    run(async {
        let (mut stream, peer) = pair().await;
        fill(&mut stream).await;
        let writer = spawn(async move { stream.write_all(&[0; 65536]).await });
        turns().await;
        reset(peer);
        let error = writer.await.expect_err("a reset");
        assert!(
            matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
            "{error:?}"
        );
    });
}

#[test]
fn a_reset_before_accept_harms_no_other_connection() {
    run(async {
        let (listener, addr) = listen().await;
        reset(net::TcpStream::connect(addr).expect("the listener is there"));
        let mut peer = net::TcpStream::connect(addr).expect("the listener is there");
        peer.write_all(b"!").expect("the peer is connected");
        let wanted = peer.local_addr().expect("the peer is connected");
        loop {
            // Some systems report the reset here, others return a stream that is reset.
            match listener.accept().await {
                Ok((mut stream, from)) if from == wanted => {
                    stream.read_exact(&mut [0]).await.expect("the byte was sent");
                    break;
                }
                Ok((mut stream, _)) => {
                    stream.read(&mut [0]).await.map(drop).expect_err("a reset");
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionAborted),
            }
        }
    });
}
