//! The reactor wakes those who wait for what has happened, whenever it happened, and nobody else.

mod common;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::Write,
    net::{self, SocketAddr},
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use common::{Wakes, within_deadline};
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWriteExt};
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

/// Lets the reactor hear what there is to hear, and the tasks what it has heard.
async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

async fn until(wakes: &Wakes) {
    while wakes.count() == 0 {
        yield_now().await;
    }
}

#[test]
fn what_was_there_before_the_socket_was_registered_is_found() {
    run(async {
        let (listener, addr) = listen().await;
        let mut peer = net::TcpStream::connect(addr).expect("it listens");
        peer.write_all(b"early").expect("it is connected");
        // Now both the connection and its bytes are older than the socket.
        let (mut stream, _) = listener.accept().await.expect("the peer has connected");
        stream.read_exact(&mut [0; 5]).await.expect("it was sent");
    });
}

#[test]
fn what_arrives_before_the_first_poll_or_between_polls_is_found() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut buffer = [0; 100];
        for _ in 0..3 {
            // The reactor hears of it while nobody waits, and more than once before somebody asks.
            peer.write_all(b"a").expect("it is connected");
            turns().await;
            peer.write_all(b"b").expect("it is connected");
            turns().await;
            stream.read_exact(&mut buffer[..2]).await.expect("it was sent");
            assert_eq!(&buffer[..2], b"ab");
            // Somebody asks and gives up; it comes; somebody asks again.
            let poll = poll_fn(|cx| {
                Poll::Ready(Pin::new(&mut stream).poll_read(cx, &mut buffer))
            });
            assert!(poll.await.is_pending());
            peer.write_all(b"c").expect("it is connected");
            turns().await;
            assert_eq!(stream.read(&mut buffer).await.expect("no error"), 1);
        }
    });
}

#[test]
fn of_two_wakers_that_wait_to_read_the_last_one_is_woken() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            let mut cx = Context::from_waker(waker);
            assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        }
        peer.write_all(b"x").expect("it is connected");
        until(&last).await;
        assert_eq!((first.count(), last.count()), (0, 1));
    });
}

#[test]
fn of_two_wakers_that_wait_to_accept_the_last_one_is_woken() {
    run(async {
        let (listener, addr) = listen().await;
        let mut accept = pin!(listener.accept());
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            assert!(accept.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        let _peer = net::TcpStream::connect(addr).expect("it listens");
        until(&last).await;
        assert_eq!((first.count(), last.count()), (0, 1));
        accept.await.expect("the peer has connected");
    });
}

#[test]
fn a_task_that_waits_to_read_is_polled_once_for_what_arrives_and_for_nothing_else() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let polls = Rc::new(Cell::new(0));
        let counts = polls.clone();
        let reader = spawn(poll_fn(move |cx| {
            counts.set(counts.get() + 1);
            Pin::new(&mut stream).poll_read(cx, &mut [0; 10])
        }));
        for _ in 0..10 {
            turns().await;
        }
        assert_eq!(
            polls.get(),
            1,
            "a socket that can be written to is none of its business"
        );
        peer.write_all(b"x").expect("it is connected");
        assert_eq!(reader.await.expect("no error"), 1);
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn a_task_that_finds_nothing_where_it_was_told_of_something_is_not_polled_again_and_again()
 {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("it is connected");
        // This fills the buffer, so that there might be more.
        stream.read_exact(&mut [0]).await.expect("it was sent");
        let polls = Rc::new(Cell::new(0));
        let counts = polls.clone();
        let reader = spawn(poll_fn(move |cx| {
            counts.set(counts.get() + 1);
            Pin::new(&mut stream).poll_read(cx, &mut [0; 10])
        }));
        for _ in 0..10 {
            turns().await;
        }
        assert_eq!(polls.get(), 1);
        peer.write_all(b"y").expect("it is connected");
        assert_eq!(reader.await.expect("no error"), 1);
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn a_wake_for_no_reason_is_followed_by_one_for_a_reason() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let (sender, wakers) = std::sync::mpsc::channel();
        let reader = spawn(poll_fn(move |cx| {
            let _ = sender.send(cx.waker().clone());
            Pin::new(&mut stream).poll_read(cx, &mut [0; 10])
        }));
        for _ in 0..3 {
            turns().await;
            wakers.try_recv().expect("it was polled").wake();
        }
        turns().await;
        peer.write_all(b"x").expect("it is connected");
        assert_eq!(reader.await.expect("no error"), 1);
    });
}

#[test]
fn a_handle_that_is_dropped_takes_its_waker_along() {
    run(async {
        let (stream, _peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut clone = stream.clone();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut clone).poll_read(&mut cx, &mut [0]).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(clone);
        assert_eq!(Arc::strong_count(&wakes), 2);
    });
}

#[test]
fn a_descriptor_that_is_closed_and_used_again_brings_no_old_news() {
    run(async {
        let (listener, addr) = listen().await;
        for _ in 0..100 {
            let ((mut first, mut first_peer), (mut other, mut other_peer)) =
                (pair().await, pair().await);
            let waits = spawn(async move { other.read(&mut [0]).await });
            let task = spawn(async move {
                first.read_exact(&mut [0]).await.expect("it was sent");
                // The events of both are in one batch. Now the other one's descriptor and place are taken anew.
                drop(waits);
                let mut next = TcpStream::connect(addr).await.expect("it listens");
                let mut heard = [0; 10];
                let length = next.read(&mut heard).await.expect("no error");
                assert_eq!(&heard[..length], b"new");
            });
            turns().await;
            other_peer.write_all(b"old").expect("it is connected");
            first_peer.write_all(b"x").expect("it is connected");
            let (mut stream, _) = listener.accept().await.expect("the task connects");
            turns().await;
            stream.write_all(b"new").await.expect("there is room");
            task.await;
        }
    });
}
