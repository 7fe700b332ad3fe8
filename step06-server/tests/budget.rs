//! A socket that is always ready serves each direction a limited number of times in one
//! turn, so its task lets the others run.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::Write,
    net,
    pin::pin,
    rc::Rc,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt, future::poll_once};
use step::runtime::{net::TcpStream, spawn, yield_now};

use crate::common::{
    sockets::{listen, pair},
    tasks::run,
};

/// How many reads or writes a greedy task makes. The buffers have room for this many
/// bytes.
const CALLS: usize = 10_000;

/// How many turns the others must get meanwhile, at least: one for a hundred calls.
const TURNS: usize = CALLS / 100;

/// Makes a connection on which as many bytes have arrived as a greedy task reads.
async fn full() -> (TcpStream, net::TcpStream) {
    let (stream, mut peer) = pair().await;
    peer.write_all(&[7; CALLS]).expect("the buffers have room");
    (stream, peer)
}

/// Reads byte by byte, as long as there are any.
async fn read_greedily(mut stream: TcpStream) {
    for _ in 0..CALLS {
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
    }
}

/// Spawns a task that counts its turns.
fn count_turns() -> Rc<Cell<usize>> {
    let turns = Rc::new(Cell::new(0));
    let counter = turns.clone();
    spawn(async move {
        loop {
            yield_now().await;
            counter.set(counter.get() + 1);
        }
    })
    .detach();
    turns
}

#[test]
fn a_task_that_always_finds_data_lets_others_run() {
    run(async {
        let (stream, _peer) = full().await;
        let turns = count_turns();
        spawn(read_greedily(stream)).await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_main_future_that_always_finds_data_lets_others_run() {
    run(async {
        let (stream, _peer) = full().await;
        let turns = count_turns();
        read_greedily(stream).await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_task_that_always_finds_room_lets_others_run() {
    run(async {
        let (mut stream, _peer) = pair().await;
        let turns = count_turns();
        let writer = spawn(async move {
            for _ in 0..CALLS {
                stream.write_all(&[7]).await.expect("the buffers have room");
            }
        });
        writer.await;
        assert!(turns.get() >= TURNS, "{} turns", turns.get());
    });
}

#[test]
fn a_task_that_always_finds_a_connection_lets_others_run() {
    run(async {
        let (listener, addr) = listen().await;
        let _peers =
            [(); 100].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        let turns = count_turns();
        let accepts = spawn(async move {
            for _ in 0..100 {
                listener.accept().await.expect("a peer has connected");
            }
        });
        accepts.await;
        assert!(turns.get() >= 4, "{} turns", turns.get());
    });
}

#[test]
fn two_greedy_tasks_take_turns() {
    run(async {
        let (one, other) = (full().await, full().await);
        let (reading, longest) = (Rc::new(Cell::new((0, 0))), Rc::new(Cell::new(0)));
        let tasks = [(1, one.0), (2, other.0)].map(|(number, mut stream)| {
            let (reading, longest) = (reading.clone(), longest.clone());
            spawn(async move {
                for _ in 0..CALLS / 2 {
                    stream.read_exact(&mut [0]).await.expect("the byte was sent");
                    let (last, calls) = reading.get();
                    reading.set((number, if last == number { calls + 1 } else { 1 }));
                    longest.set(longest.get().max(reading.get().1));
                }
            })
        });
        for task in tasks {
            task.await;
        }
        // One of them may begin or end alone.
        assert!(longest.get() < CALLS / 4, "{} calls in a row", longest.get());
    });
}

#[test]
fn a_few_reads_take_one_poll() {
    run(async {
        let (mut stream, _peer) = full().await;
        // From here on the socket is known to be readable.
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        for _ in 0..100 {
            let task = spawn(async move {
                let mut polls = 0;
                let mut reads = pin!(async {
                    for _ in 0..5 {
                        stream.read_exact(&mut [0]).await.expect("the byte was sent");
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

#[test]
fn the_two_directions_of_a_socket_have_a_budget_each() {
    run(async {
        let (stream, _peer) = full().await;
        let (mut reader, mut writer) = (stream.clone(), stream);
        reader.read_exact(&mut [0]).await.expect("the byte was sent");
        yield_now().await;
        let mut both = pin!(async {
            for _ in 0..10 {
                reader.read_exact(&mut [0]).await.expect("the byte was sent");
            }
            for _ in 0..10 {
                writer.write_all(&[7]).await.expect("the buffers have room");
            }
        });
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            both.as_mut().poll(cx)
        })
        .await;
        assert_eq!(polls, 1);
    });
}

#[test]
fn a_socket_makes_sixteen_calls_in_one_turn() {
    run(async {
        let (mut stream, _peer) = full().await;
        // From here on the socket is known to be readable.
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        yield_now().await;
        let mut calls = 0;
        while poll_once(stream.read_exact(&mut [0])).await.is_some() {
            calls += 1;
        }
        assert_eq!(calls, 16);
    });
}
