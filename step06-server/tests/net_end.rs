//! The end of a connection: both sides see it, in each direction by itself.

use std::{
    io::{ErrorKind, Read, Write},
    net::Shutdown,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step::runtime::spawn;

use crate::common::{
    sockets::pair,
    tasks::{run, turns},
};

#[test]
fn dropping_the_last_handle_closes_the_connection() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        stream.write_all(b"bye").await.expect("the buffer has room");
        let clone = stream.clone();
        drop(stream);
        peer.read_exact(&mut [0; 3]).expect("the bytes were sent");
        peer.set_nonblocking(true).expect("it is a socket");
        let early = peer.read(&mut [0]).expect_err("a clone is left");
        assert_eq!(early.kind(), ErrorKind::WouldBlock);
        drop(clone);
        peer.set_nonblocking(false).expect("it is a socket");
        assert_eq!(peer.read(&mut [0]).expect("the end is no error"), 0);
    });
}

#[test]
fn the_end_of_the_stream_completes_a_pending_read_and_all_later_ones() {
    run(async {
        let (mut stream, peer) = pair().await;
        let reader = spawn(async move {
            let first = stream.read(&mut [0; 10]).await.expect("the end is no error");
            (first, stream.read(&mut [0; 10]).await.expect("the end is no error"))
        });
        turns().await;
        drop(peer);
        assert_eq!(reader.await, (0, 0));
    });
}

#[test]
fn data_and_fin_in_one_event_are_both_read() {
    run(async {
        for round in 0..200 {
            let (mut stream, mut peer) = pair().await;
            let mut buffer = [0; 100];
            let reader = async move {
                // A short read, after which only the remembered end allows another one.
                assert_eq!(stream.read(&mut buffer).await.expect("data"), 4);
                assert_eq!(stream.read(&mut buffer).await.expect("the end"), 0);
            };
            let mut send = || {
                peer.write_all(b"data").expect("the peer is connected");
                peer.shutdown(Shutdown::Write).expect("the peer is connected");
            };
            match round % 3 {
                // The reader waits already.
                0 => {
                    let reader = spawn(reader);
                    turns().await;
                    send();
                    reader.await;
                }
                // The reactor has seen the event before the reader asks.
                1 => {
                    send();
                    turns().await;
                    reader.await;
                }
                // The bytes are there, but their event has not been taken in.
                _ => {
                    send();
                    reader.await;
                }
            }
        }
    });
}

#[test]
fn a_read_that_fills_the_buffer_exactly_does_not_hide_more_data() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(&[1; 4096]).expect("the peer is connected");
        stream.read_exact(&mut [0; 4096]).await.expect("the bytes were sent");
        let next = spawn(async move {
            let mut buffer = [0; 4096];
            stream.read_exact(&mut buffer).await.expect("more was sent");
            (buffer, stream.read(&mut [0]).await.expect("the end is no error"))
        });
        turns().await;
        peer.write_all(&[2; 4096]).expect("the peer is connected");
        turns().await;
        peer.shutdown(Shutdown::Write).expect("the peer is connected");
        assert_eq!(next.await, ([2; 4096], 0));
    });
}

#[test]
fn a_read_that_fills_the_buffer_exactly_does_not_hide_the_end() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(&[1; 4096]).expect("the peer is connected");
        peer.shutdown(Shutdown::Write).expect("the peer is connected");
        stream.read_exact(&mut [0; 4096]).await.expect("the bytes were sent");
        let next = spawn(async move { stream.read(&mut [0]).await });
        turns().await;
        assert_eq!(next.await.expect("the end is no error"), 0);
    });
}

#[test]
fn after_close_this_end_can_still_read() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        stream.write_all(b"question").await.expect("the buffer has room");
        stream.close().await.expect("the stream is connected");
        let mut text = String::new();
        peer.read_to_string(&mut text).expect("the end is no error");
        assert_eq!(text, "question");
        let reader = spawn(async move {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.map(|_| answer)
        });
        turns().await;
        peer.write_all(b"answer").expect("this direction is open");
        turns().await;
        drop(peer);
        assert_eq!(reader.await.expect("the end is no error"), "answer");
    });
}

#[test]
fn after_the_peer_has_closed_its_half_this_end_can_still_write() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.shutdown(Shutdown::Write).expect("the peer is connected");
        assert_eq!(stream.read(&mut [0]).await.expect("the end is no error"), 0);
        for _ in 0..3 {
            stream.write_all(b"on").await.expect("this direction is open");
            turns().await;
        }
        drop(stream);
        let mut text = String::new();
        peer.read_to_string(&mut text).expect("the end is no error");
        assert_eq!(text, "ononon");
    });
}
