//! A task whose sockets are always ready lets the others run nevertheless.

mod common;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::Write,
    net,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use common::within_deadline;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::time::sleep;
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// How many reads or writes a greedy task makes. The buffers have room for that many bytes.
const CALLS: usize = 10_000;

/// How many turns the others must get meanwhile, at least: a turn for a hundred calls.
const TURNS: usize = CALLS / 100;

/// A connection: our end, and the peer's, which blocks as sockets do.
async fn pair() -> (TcpStream, net::TcpStream) {
    let listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    let addr = listener.local_addr().expect("it is bound");
    let peer = net::TcpStream::connect(addr).expect("it listens");
    let (stream, _) = listener.accept().await.expect("the peer has connected");
    (stream, peer)
}

/// A connection on which as many bytes have been sent as a greedy task reads.
async fn full() -> (TcpStream, net::TcpStream) {
    let (stream, mut peer) = pair().await;
    peer.write_all(&[7; CALLS]).expect("there is room");
    (stream, peer)
}

/// Reads byte by byte, as long as there are any.
async fn read_greedily(mut stream: TcpStream) {
    for _ in 0..CALLS {
        stream.read_exact(&mut [0]).await.expect("it was sent");
    }
}

/// Counts the turns that a modest task gets.
fn count_turns() -> Rc<Cell<usize>> {
    let turns = Rc::new(Cell::new(0));
    let counts = turns.clone();
    spawn(async move {
        loop {
            yield_now().await;
            counts.set(counts.get() + 1);
        }
    })
    .detach();
    turns
}

#[test]
fn a_task_that_always_finds_something_to_read_lets_others_run() {
    run(async {
        let (stream, _peer) = full().await;
        let turns = count_turns();
        spawn(read_greedily(stream)).await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_main_future_that_always_finds_something_to_read_lets_others_run() {
    run(async {
        let (stream, _peer) = full().await;
        let turns = count_turns();
        read_greedily(stream).await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_task_that_always_finds_room_to_write_lets_others_run() {
    run(async {
        let (mut stream, _peer) = pair().await;
        let turns = count_turns();
        let writer = spawn(async move {
            for _ in 0..CALLS {
                stream.write_all(&[7]).await.expect("there is room");
            }
        });
        writer.await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_task_that_always_finds_someone_to_accept_lets_others_run() {
    run(async {
        let listener =
            TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let _peers =
            [(); 100].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        let turns = count_turns();
        let welcome = spawn(async move {
            for _ in 0..100 {
                listener.accept().await.expect("a peer has connected");
            }
        });
        welcome.await;
        assert!(turns.get() >= 4, "{} turns", turns.get());
    });
}

#[test]
fn two_greedy_tasks_take_turns() {
    run(async {
        let (one, other) = (full().await, full().await);
        let (reading, longest) = (Rc::new(Cell::new((0, 0))), Rc::new(Cell::new(0)));
        let tasks = [(1, one.0), (2, other.0)].map(|(who, mut stream)| {
            let (reading, longest) = (reading.clone(), longest.clone());
            spawn(async move {
                for _ in 0..CALLS / 2 {
                    stream.read_exact(&mut [0]).await.expect("it was sent");
                    let (last, calls) = reading.get();
                    reading.set((who, if last == who { calls + 1 } else { 1 }));
                    longest.set(longest.get().max(reading.get().1));
                }
            })
        });
        for task in tasks {
            task.await;
        }
        // One of them may begin or end alone, but for the batch of a turn or so.
        assert!(longest.get() < CALLS / 4, "{} calls in a row", longest.get());
    });
}

#[test]
fn a_task_that_is_greedy_for_ever_keeps_out_neither_timers_nor_sockets() {
    run(async {
        let (mut stream, _peer) = full().await;
        stream.read_exact(&mut [0]).await.expect("it was sent");
        // There is more to read, and reading into nothing leaves it there.
        let _greedy = spawn(async move {
            loop {
                stream.read(&mut []).await.expect("no error");
            }
        });
        sleep(Duration::from_millis(2)).await;
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("it is connected");
        stream.read_exact(&mut [0]).await.expect("it was sent");
    });
}

#[test]
fn a_task_that_wants_little_gets_it_in_one_poll() {
    run(async {
        let (mut stream, _peer) = full().await;
        // From here on it is known that there is something to read.
        stream.read_exact(&mut [0]).await.expect("it was sent");
        for _ in 0..100 {
            let task = spawn(async move {
                let mut polls = 0;
                let mut reads = pin!(async {
                    for _ in 0..5 {
                        stream.read_exact(&mut [0]).await.expect("it was sent");
                    }
                });
                poll_fn(|cx| {
                    polls += 1;
                    reads.as_mut().poll(cx)
                })
                .await;
                (stream, polls)
            });
            let (back, polls) = task.await;
            assert_eq!(polls, 1);
            stream = back;
        }
    });
}
