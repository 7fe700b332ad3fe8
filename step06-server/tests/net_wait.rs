//! Waiting for a socket: a read and a write of one socket wait side by side, and busy
//! tasks do not starve sockets.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::{Read, Write},
    pin::{Pin, pin},
    rc::Rc,
    task::Context,
    thread,
};

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use step::runtime::{net::TcpStream, spawn, yield_now};

use crate::common::{
    Wakes,
    sockets::{fill, pair},
    tasks::{run, turns},
};

/// More than the buffers of both ends together hold.
fn plenty() -> Vec<u8> {
    (0..16 << 20).map(|n: usize| (n % 251) as u8).collect()
}

/// Sends all bytes, and counts the polls.
async fn send(mut stream: TcpStream, bytes: Vec<u8>, polls: Rc<Cell<usize>>) {
    let mut write = pin!(stream.write_all(&bytes));
    let sent = poll_fn(|cx| {
        polls.set(polls.get() + 1);
        write.as_mut().poll(cx)
    });
    sent.await.expect("the peer reads to the end");
}

/// Waits until a task has been polled, and is not polled any more.
async fn until_it_waits(polls: &Cell<usize>) {
    let (mut seen, mut quiet) = (0, 0);
    while quiet < 100 || seen == 0 {
        yield_now().await;
        quiet = if polls.get() == seen { quiet + 1 } else { 0 };
        seen = polls.get();
    }
}

#[test]
fn a_write_waits_until_the_peer_reads() {
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
        let read = reader.join().expect("no panic").expect("the end is no error");
        assert!(read == plenty(), "{} bytes arrived changed", read.len());
    });
}

#[test]
fn one_task_can_read_while_another_one_writes() {
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
        assert_eq!(reader.await.expect("the end is no error"), "got it");
        peer.join().expect("no panic").expect("the writer sends all");
    });
}

#[test]
fn each_direction_wakes_its_own_waker() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let sent = fill(&mut stream).await;
        let [(reads, read_waker), (writes, write_waker)] = [Wakes::new(), Wakes::new()];
        let mut cx = Context::from_waker(&read_waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        let mut cx = Context::from_waker(&write_waker);
        assert!(Pin::new(&mut stream).poll_write(&mut cx, &[0]).is_pending());

        peer.write_all(b"x").expect("the peer is connected");
        while reads.count() == 0 {
            yield_now().await;
        }
        turns().await;
        assert_eq!(writes.count(), 0, "the buffer is still full");
        peer.read_exact(&mut vec![0; sent]).expect("the bytes were sent");
        while writes.count() == 0 {
            yield_now().await;
        }
    });
}

#[test]
fn tasks_that_always_yield_do_not_starve_sockets() {
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
                peer.write_all(b"x").expect("the peer is connected");
                peer.read_exact(&mut [0]).expect("an answer was sent");
            }
        });
        for _ in 0..50 {
            stream.read_exact(&mut [0]).await.expect("a byte was sent");
            stream.write_all(b"y").await.expect("the buffer has room");
        }
        thread.join().expect("no panic");
    });
}
