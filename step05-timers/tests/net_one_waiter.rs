//! A limit of this step: a socket has room for one waiter in each direction. If two tasks
//! wait for the same direction, only the one that polled last is woken.

use std::{
    cell::Cell,
    io::Write,
    net,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use futures_lite::{AsyncRead, AsyncReadExt};
use step::runtime::spawn;

use crate::common::{
    Wakes,
    sockets::{listen, pair},
    tasks::{run, turns},
};

#[test]
fn the_last_of_two_readers_is_woken() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut clone = stream.clone();
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        let mut cx = Context::from_waker(&first_waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        let mut cx = Context::from_waker(&last_waker);
        assert!(Pin::new(&mut clone).poll_read(&mut cx, &mut [0]).is_pending());

        peer.write_all(b"xx").expect("the peer is connected");
        turns().await;
        assert_eq!((first.count(), last.count()), (0, 1));
        // The first reader is not served, although there is a byte for each of them. It
        // can read when it is polled for another reason.
        let mut cx = Context::from_waker(Waker::noop());
        let poll = Pin::new(&mut clone).poll_read(&mut cx, &mut [0]);
        assert!(matches!(poll, Poll::Ready(Ok(1))));
        let poll = Pin::new(&mut stream).poll_read(&mut cx, &mut [0]);
        assert!(matches!(poll, Poll::Ready(Ok(1))));
    });
}

#[test]
fn the_last_of_two_tasks_that_accept_is_woken() {
    run(async {
        let (listener, addr) = listen().await;
        let listener = Rc::new(listener);
        let accepted = [(); 2].map(|()| Rc::new(Cell::new(false)));
        let tasks = [0, 1].map(|n| {
            let (listener, accepted) = (listener.clone(), accepted[n].clone());
            spawn(async move {
                listener.accept().await.expect("a peer has connected");
                accepted.set(true);
            })
        });
        turns().await;
        let _peers = [(); 2].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        turns().await;
        assert_eq!(accepted.map(|accepted| accepted.get()), [false, true]);
        drop(tasks);
        // The connection of the task that was forgotten is not lost.
        listener.accept().await.expect("a peer has connected");
    });
}

#[test]
fn a_waiter_stays_until_the_last_handle_is_dropped() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut clone = stream.clone();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut clone).poll_read(&mut cx, &mut [0]).is_pending());
        // The room for the waiter belongs to the socket, not to the handle.
        drop(clone);
        peer.write_all(b"x").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        // This read took the place of the waiter.
        assert_eq!(wakes.count(), 0);
    });
}
