//! Fairness of sockets: a socket that is always ready never holds the thread.
#![expect(clippy::async_yields_async, reason = "the tests poll what they are given")]

use std::net;

use futures_lite::{AsyncReadExt, AsyncWriteExt};

use crate::common::{
    greedy::{boxed, lets_others_run},
    sockets::{listen, pair},
    tasks::run,
};

#[test]
fn accepts_of_connections_that_are_there_let_others_run() {
    run(lets_others_run(async || {
        let (listener, addr) = listen().await;
        boxed(async move {
            loop {
                let _peer = net::TcpStream::connect(addr).expect("the listener is there");
                listener.accept().await.expect("the peer has connected");
            }
        })
    }));
}

#[test]
fn reads_of_a_socket_that_always_has_data_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, mut peer) = pair().await;
        std::io::Write::write_all(&mut peer, b"xx").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        boxed(async move {
            let _open = peer;
            loop {
                // A read into an empty buffer leaves the other byte in the socket.
                stream.read(&mut []).await.expect("the peer is connected");
            }
        })
    }));
}

#[test]
fn reads_at_the_end_of_a_stream_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, peer) = pair().await;
        drop(peer);
        boxed(async move {
            loop {
                assert_eq!(stream.read(&mut [0]).await.expect("the end is no error"), 0);
            }
        })
    }));
}

#[test]
fn writes_to_a_socket_that_always_has_room_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, peer) = pair().await;
        boxed(async move {
            let _open = peer;
            loop {
                stream.write(&[]).await.expect("the peer is connected");
            }
        })
    }));
}
