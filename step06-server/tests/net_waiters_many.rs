//! Many tasks wait for one socket: each gets its turn, and a long line costs a few polls
//! for each of them.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    io::Write,
    pin::Pin,
    rc::Rc,
    task::Context,
};

use futures_lite::{AsyncRead, AsyncReadExt};
use step::runtime::{Task, net::TcpStream, spawn, yield_now};

use crate::common::{
    Wakes,
    sockets::pair,
    tasks::{run, turns},
};

#[test]
fn one_event_wakes_each_of_many_waiters_once() {
    run(async {
        let (stream, mut peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut readers: Vec<TcpStream> = (0..10_000).map(|_| stream.clone()).collect();
        for reader in &mut readers {
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(reader).poll_read(&mut cx, &mut [0]).is_pending());
        }
        peer.write_all(b"x").expect("the peer is connected");
        while wakes.count() == 0 {
            yield_now().await;
        }
        turns().await;
        assert_eq!(wakes.count(), 10_000);
        // They can leave in any order.
        while !readers.is_empty() {
            let middle = readers.len() / 2;
            drop(readers.swap_remove(middle));
        }
    });
}

#[test]
fn many_waiters_are_served_with_a_few_polls_each() {
    const COUNT: usize = 10_000;
    run(async {
        let (stream, mut peer) = pair().await;
        let (polls, served) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let _readers: Vec<Task<()>> = (0..COUNT)
            .map(|_| {
                let (polls, served, mut stream) =
                    (polls.clone(), served.clone(), stream.clone());
                spawn(async move {
                    let mut buffer = [0];
                    let mut read = stream.read_exact(&mut buffer);
                    poll_fn(|cx| {
                        polls.set(polls.get() + 1);
                        Pin::new(&mut read).poll(cx)
                    })
                    .await
                    .expect("there is a byte for each");
                    served.set(served.get() + 1);
                })
            })
            .collect();
        while polls.get() < COUNT {
            yield_now().await;
        }
        peer.write_all(&[7; COUNT]).expect("the peer is connected");
        while served.get() < COUNT {
            yield_now().await;
        }
        // If each read polled all that wait, there would be millions.
        assert!(polls.get() < 10 * COUNT, "{} polls", polls.get());
    });
}

#[test]
fn clones_that_wait_to_read_are_served_in_the_order_in_which_they_came() {
    run(async {
        let (stream, mut peer) = pair().await;
        let log = Rc::new(RefCell::new(Vec::new()));
        let readers = [0, 1, 2].map(|n| {
            let (mut stream, log) = (stream.clone(), log.clone());
            spawn(async move {
                loop {
                    stream.read_exact(&mut [0]).await.expect("the peer is connected");
                    log.borrow_mut().push(n);
                }
            })
        });
        turns().await;
        for _ in 0..30 {
            peer.write_all(b"x").expect("the peer is connected");
            turns().await;
        }
        let expected: Vec<i32> = (0..30).map(|n| n % 3).collect();
        assert_eq!(*log.borrow(), expected);
        drop(readers);
    });
}
