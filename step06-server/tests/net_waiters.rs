//! Several tasks wait for the same direction of a socket: all of them are served, in the
//! order in which they came.

use std::{io::Write, net, pin::Pin, rc::Rc, task::Context};

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWriteExt, future::poll_once};
use step::runtime::{spawn, yield_now};

use crate::common::{
    Wakes,
    sockets::{drain, fill, listen, pair},
    tasks::{run, turns},
};

#[test]
fn clones_that_wait_to_read_are_all_woken() {
    run(async {
        let (stream, mut peer) = pair().await;
        let readers = [(); 3].map(|()| {
            let mut stream = stream.clone();
            spawn(async move { stream.read_exact(&mut [0]).await })
        });
        turns().await;
        // One event reports a byte for each of them. No other event follows.
        peer.write_all(b"xxx").expect("the peer is connected");
        for reader in readers {
            reader.await.expect("there is a byte for each");
        }
    });
}

#[test]
fn clones_that_wait_to_write_are_all_woken() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        fill(&mut stream).await;
        let writers = [(); 3].map(|()| {
            let mut stream = stream.clone();
            spawn(async move { stream.write_all(&[1]).await })
        });
        turns().await;
        drain(&mut peer);
        for writer in writers {
            writer.await.expect("there is room for all");
        }
    });
}

#[test]
fn tasks_that_accept_on_one_listener_each_get_a_connection() {
    run(async {
        let (listener, addr) = listen().await;
        let listener = Rc::new(listener);
        let accepting = [(); 4].map(|()| {
            let listener = listener.clone();
            spawn(async move { listener.accept().await.map(|(_, addr)| addr) })
        });
        turns().await;
        let peers = [(); 4].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        let mut accepted = Vec::new();
        for task in accepting {
            accepted.push(task.await.expect("a peer has connected"));
        }
        // The first to wait gets the first connection.
        let expected = peers.map(|peer| peer.local_addr().expect("it is connected"));
        assert_eq!(accepted, expected);
    });
}

#[test]
fn a_waiter_that_is_dropped_leaves_its_turn_to_the_next_one() {
    run(async {
        let (listener, addr) = listen().await;
        let listener = Rc::new(listener);
        let [first, second] = [(); 2].map(|()| {
            let listener = listener.clone();
            spawn(async move { listener.accept().await.map(drop) })
        });
        turns().await;
        drop(first);
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        second.await.expect("the peer has connected");
    });
}

#[test]
fn a_waiter_that_is_dropped_after_its_wake_leaves_its_turn_to_the_next_one() {
    run(async {
        let (stream, mut peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut first = stream.clone();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut first).poll_read(&mut cx, &mut [0]).is_pending());
        let mut second = stream.clone();
        let second = spawn(async move { second.read_exact(&mut [0]).await });
        turns().await;
        peer.write_all(b"x").expect("the peer is connected");
        while wakes.count() == 0 {
            yield_now().await;
        }
        drop(first);
        second.await.expect("the byte was sent");
    });
}

#[test]
fn a_clone_reads_at_once_after_another_one_was_served() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"xx").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        // The other byte is there, and no other task waits for it.
        let mut clone = stream.clone();
        let read = poll_once(clone.read_exact(&mut [0])).await;
        read.expect("it need not queue up").expect("the byte was sent");
    });
}
