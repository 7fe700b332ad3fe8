//! Those who wait for one socket, to read, to write or to accept, do not take each other's place.

mod common;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::{Read, Write},
    net::{self, SocketAddr},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    thread,
};

use common::{Wakes, within_deadline};
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

/// More than the buffers of both ends together hold.
fn plenty() -> Vec<u8> {
    (0..16 << 20).map(|n: usize| (n % 251) as u8).collect()
}

/// Sends all that there is, and counts the polls that this takes.
async fn send(mut stream: TcpStream, bytes: Vec<u8>, polls: Rc<Cell<usize>>) {
    let mut write = pin!(stream.write_all(&bytes));
    let sent = poll_fn(|cx| {
        polls.set(polls.get() + 1);
        write.as_mut().poll(cx)
    });
    sent.await.expect("the peer reads on");
}

/// Waits until a task is not polled any more.
async fn until_it_waits(polls: &Cell<usize>) {
    let (mut seen, mut quiet) = (0, 0);
    while quiet < 100 || seen == 0 {
        yield_now().await;
        quiet = if polls.get() == seen { quiet + 1 } else { 0 };
        seen = polls.get();
    }
}

#[test]
fn a_write_to_a_peer_that_does_not_read_waits_until_it_does() {
    run(async {
        let (stream, mut peer) = pair().await;
        let polls = Rc::new(Cell::new(0));
        let writer = spawn(send(stream, plenty(), polls.clone()));
        until_it_waits(&polls).await;
        let reader = thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all)
        });
        writer.await;
        let read = reader.join().expect("no panic").expect("no error");
        assert!(read == plenty(), "{} bytes arrived changed", read.len());
    });
}

#[test]
fn clones_wait_to_read_and_to_write_in_different_tasks_and_both_are_woken() {
    run(async {
        let (stream, mut peer) = pair().await;
        let polls = Rc::new(Cell::new(0));
        let writer = spawn(send(stream.clone(), plenty(), polls.clone()));
        let mut reader = stream;
        let reader = spawn(async move {
            let mut answer = String::new();
            reader.read_to_string(&mut answer).await.map(|_| answer)
        });
        until_it_waits(&polls).await;
        let peer = thread::spawn(move || {
            let mut all = vec![0; plenty().len()];
            peer.read_exact(&mut all).and_then(|()| peer.write_all(b"got it"))
        });
        writer.await;
        assert_eq!(reader.await.expect("no error"), "got it");
        peer.join().expect("no panic").expect("no error");
    });
}

#[test]
fn clones_that_wait_for_the_same_are_all_woken() {
    run(async {
        let (stream, mut peer) = pair().await;
        let readers = [(); 3].map(|()| {
            let mut stream = stream.clone();
            spawn(async move { stream.read_exact(&mut [0]).await })
        });
        yield_now().await;
        // One event tells of a byte for each of them, and no other follows.
        peer.write_all(b"xxx").expect("it is connected");
        for reader in readers {
            reader.await.expect("a byte for each");
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
        for _ in 0..5 {
            yield_now().await;
        }
        let peers = [(); 4].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        let mut accepted = Vec::new();
        for task in accepting {
            accepted.push(task.await.expect("no error"));
        }
        let mut expected = peers.map(|peer| peer.local_addr().expect("it is connected"));
        accepted.sort();
        expected.sort();
        assert_eq!(accepted, expected);
    });
}

#[test]
fn one_handle_waits_to_read_and_to_write_with_different_wakers() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let [(reads, read_waker), (writes, write_waker)] = [Wakes::new(), Wakes::new()];
        let mut cx = Context::from_waker(&read_waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        // What the buffers still take is taken in a few turns, since the poller tells of it at once.
        let (mut sent, mut waits) = (0, 0);
        while waits < 100 {
            let mut cx = Context::from_waker(&write_waker);
            match Pin::new(&mut stream).poll_write(&mut cx, &[0; 65536]) {
                Poll::Ready(length) => {
                    (sent, waits) = (sent + length.expect("no error"), 0)
                }
                Poll::Pending => waits += 1,
            }
            yield_now().await;
        }
        assert_eq!(reads.count(), 0, "there is nothing to read");
        let before = writes.count();
        peer.write_all(b"x").expect("it is connected");
        while reads.count() == 0 {
            yield_now().await;
        }
        assert_eq!(writes.count(), before, "there is still no room");
        peer.read_exact(&mut vec![0; sent]).expect("it was sent");
        while writes.count() == before {
            yield_now().await;
        }
    });
}

#[test]
fn tasks_that_never_stop_yielding_do_not_keep_out_sockets() {
    run(async {
        for _ in 0..200 {
            spawn(async {
                loop {
                    yield_now().await;
                }
            })
            .detach();
        }
        let (mut stream, mut peer) = pair().await;
        let thread = thread::spawn(move || {
            for _ in 0..50 {
                peer.write_all(b"x").expect("it is connected");
                peer.read_exact(&mut [0]).expect("it is answered");
            }
        });
        for _ in 0..50 {
            stream.read_exact(&mut [0]).await.expect("it was sent");
            stream.write_all(b"y").await.expect("there is room");
        }
        thread.join().expect("no panic");
    });
}
