//! A read or a write that moved less than it could says that the next one would block: that one is not even tried.

mod common;

use std::{
    future::Future,
    io::{ErrorKind, Read, Write},
    net,
};

use common::within_deadline;
use futures_lite::{AsyncReadExt, AsyncWriteExt, future::poll_once};
use step06_server::executor::block_on;
use step06_server::net::{TcpListener, TcpStream};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// A connection: our end, and the peer's.
async fn pair() -> (TcpStream, net::TcpStream) {
    let listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    let addr = listener.local_addr().expect("it is bound");
    let peer = net::TcpStream::connect(addr).expect("it listens");
    let (stream, _) = listener.accept().await.expect("the peer has connected");
    (stream, peer)
}

#[test]
fn after_a_short_read_nothing_is_read_until_an_event_comes() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut buffer = [0; 100];
        for message in ["one", "another"] {
            peer.write_all(message.as_bytes()).expect("the connection holds");
            // It has arrived, but nobody has asked the poller for it.
            assert!(
                poll_once(stream.read(&mut buffer)).await.is_none(),
                "before {message}"
            );
            let length = stream.read(&mut buffer).await.expect("the connection holds");
            assert_eq!(&buffer[..length], message.as_bytes());
        }
    });
}

#[test]
fn a_read_that_fills_the_buffer_may_be_followed_by_another() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"12345").expect("the connection holds");
        let mut buffer = [0; 2];
        assert_eq!(stream.read(&mut buffer).await.expect("the connection holds"), 2);
        for expected in [2, 1] {
            let read = poll_once(stream.read(&mut buffer)).await;
            assert_eq!(
                read.expect("no event is needed").expect("the connection holds"),
                expected
            );
        }
        assert!(poll_once(stream.read(&mut buffer)).await.is_none());
    });
}

#[test]
fn after_a_short_write_nothing_is_written_until_an_event_comes() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.set_nonblocking(true).expect("it is a socket");
        let (plenty, mut buffer) = (vec![7; 1 << 20], vec![0; 1 << 20]);
        let mut drain = move || loop {
            match peer.read(&mut buffer) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                other => panic!("the connection holds, but {other:?}"),
            }
        };
        // Until one is short: the buffers of both ends are full then.
        while stream.write(&plenty).await.expect("the connection holds") == plenty.len() {
        }
        drain();
        // There is room again, but nobody has asked the poller for it.
        assert!(poll_once(stream.write(b"more")).await.is_none());
        loop {
            yield_now().await;
            drain();
            match poll_once(stream.write(b"more")).await {
                None => {}
                Some(written) => {
                    break assert_eq!(written.expect("the connection holds"), 4);
                }
            }
        }
    });
}
