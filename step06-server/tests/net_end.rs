//! A connection ends in many ways, and each of them is noticed: by the side that waits, and at once.

mod common;

use std::{
    future::Future,
    io::{ErrorKind, Read, Write},
    net::{self, Shutdown},
};

use common::within_deadline;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::net::{SendFlags, send};
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

/// Lets the reactor hear what there is to hear, and the tasks what it has heard.
async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn a_stream_that_is_dropped_is_the_end_for_the_peer() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        stream.write_all(b"bye").await.expect("there is room");
        let clone = stream.clone();
        drop(stream);
        peer.read_exact(&mut [0; 3]).expect("it was sent");
        peer.set_nonblocking(true).expect("it is a socket");
        let early = peer.read(&mut [0]).expect_err("a clone is left");
        assert_eq!(early.kind(), ErrorKind::WouldBlock);
        drop(clone);
        peer.set_nonblocking(false).expect("it is a socket");
        assert_eq!(peer.read(&mut [0]).expect("no error"), 0);
    });
}

#[test]
fn the_end_of_the_peer_ends_a_read_that_waits_and_every_later_one() {
    run(async {
        let (mut stream, peer) = pair().await;
        let reader = spawn(async move {
            let first = stream.read(&mut [0; 10]).await.expect("no error");
            (first, stream.read(&mut [0; 10]).await.expect("no error"))
        });
        turns().await;
        drop(peer);
        assert_eq!(reader.await, (0, 0));
    });
}

#[test]
fn data_and_the_end_that_arrive_together_are_both_read() {
    run(async {
        for round in 0..200 {
            let (mut stream, mut peer) = pair().await;
            // At times the reader waits already, at times the reactor has heard already, at times neither.
            let mut buffer = [0; 100];
            let early = round % 3 == 0;
            let reader = async move {
                assert_eq!(stream.read(&mut buffer).await.expect("no error"), 4);
                assert_eq!(stream.read(&mut buffer).await.expect("no error"), 0);
            };
            let mut send = || {
                peer.write_all(b"data").expect("it is connected");
                peer.shutdown(Shutdown::Write).expect("it is connected");
            };
            if early {
                let reader = spawn(reader);
                turns().await;
                send();
                reader.await;
            } else {
                send();
                if round % 3 == 1 {
                    turns().await;
                }
                reader.await;
            }
        }
    });
}

#[test]
fn a_read_that_fills_the_buffer_hides_neither_what_follows_nor_the_end() {
    run(async {
        for end_comes_along in [false, true] {
            let (mut stream, mut peer) = pair().await;
            let mut end = Some(peer.try_clone().expect("there are descriptors"));
            let mut hang_up = move || end.take().map(|end| end.shutdown(Shutdown::Write));
            peer.write_all(&[1; 4096]).expect("it is connected");
            if end_comes_along {
                hang_up();
            }
            let mut buffer = [0; 4096];
            stream.read_exact(&mut buffer).await.expect("it was sent");
            let next = spawn(async move {
                let length = stream.read(&mut buffer).await.expect("no error");
                (stream, buffer, length)
            });
            turns().await;
            if !end_comes_along {
                peer.write_all(&[2; 4096]).expect("it is connected");
                let (mut stream, mut buffer, length) = next.await;
                stream.read_exact(&mut buffer[length..]).await.expect("it was sent");
                assert_eq!(buffer, [2; 4096]);
                hang_up();
                assert_eq!(stream.read(&mut buffer).await.expect("no error"), 0);
            } else {
                assert_eq!(next.await.2, 0);
            }
        }
    });
}

#[test]
fn urgent_data_hides_nothing_of_what_follows() {
    run(async {
        for reader_waits in [false, true] {
            let (mut stream, mut peer) = pair().await;
            let reader = spawn(async move {
                // Both sides of the urgent byte are read apart: the first read is short, and yet not the last one.
                stream.read_exact(&mut [0; 6]).await.expect("it was sent");
            });
            if reader_waits {
                turns().await;
            }
            peer.write_all(b"abc").expect("it is connected");
            send(&peer, b"!", SendFlags::OOB).expect("it is connected");
            peer.write_all(b"def").expect("it is connected");
            reader.await;
        }
    });
}

#[test]
fn after_our_half_of_the_connection_is_closed_the_other_half_works_on() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        stream.write_all(b"question").await.expect("there is room");
        stream.close().await.expect("it is connected");
        let mut heard = String::new();
        peer.read_to_string(&mut heard).expect("no error");
        assert_eq!(heard, "question");
        let reader = spawn(async move {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.map(|_| answer)
        });
        turns().await;
        peer.write_all(b"answer").expect("that half is open");
        turns().await;
        drop(peer);
        assert_eq!(reader.await.expect("no error"), "answer");
    });
}

#[test]
fn after_the_peers_half_of_the_connection_is_closed_the_other_half_works_on() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.shutdown(Shutdown::Write).expect("it is connected");
        assert_eq!(stream.read(&mut [0]).await.expect("no error"), 0);
        for _ in 0..3 {
            stream.write_all(b"on").await.expect("that half is open");
            turns().await;
        }
        drop(stream);
        let mut heard = String::new();
        peer.read_to_string(&mut heard).expect("no error");
        assert_eq!(heard, "ononon");
    });
}
