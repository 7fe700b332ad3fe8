//! The reactor wakes a task for what it waits for, whenever that happened, and for
//! nothing else.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io::Write,
    net,
    pin::{Pin, pin},
    rc::Rc,
    sync::{Arc, mpsc},
    task::{Context, Poll},
};

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use step::runtime::{net::TcpStream, spawn, yield_now};

use crate::common::{
    Wakes,
    sockets::{drain, fill, listen, pair},
    tasks::{run, turns},
};

async fn until_woken(wakes: &Wakes) {
    while wakes.count() == 0 {
        yield_now().await;
    }
}

#[test]
fn data_that_arrived_before_registration_is_read() {
    run(async {
        let (listener, addr) = listen().await;
        let mut peer = net::TcpStream::connect(addr).expect("the listener is there");
        peer.write_all(b"early").expect("the peer is connected");
        // The connection and its bytes are older than the socket of the runtime.
        let (mut stream, _) = listener.accept().await.expect("the peer has connected");
        stream.read_exact(&mut [0; 5]).await.expect("the bytes were sent");
    });
}

#[test]
fn data_that_arrives_before_the_first_poll_or_between_polls_is_read() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut buffer = [0; 100];
        for _ in 0..3 {
            // Two events come while no task waits.
            peer.write_all(b"a").expect("the peer is connected");
            turns().await;
            peer.write_all(b"b").expect("the peer is connected");
            turns().await;
            stream.read_exact(&mut buffer[..2]).await.expect("the bytes were sent");
            assert_eq!(&buffer[..2], b"ab");
            // A read is polled and given up, then the event comes, then another read.
            let read = poll_fn(|cx| {
                Poll::Ready(Pin::new(&mut stream).poll_read(cx, &mut buffer))
            });
            assert!(read.await.is_pending());
            peer.write_all(b"c").expect("the peer is connected");
            turns().await;
            assert_eq!(stream.read(&mut buffer).await.expect("a byte was sent"), 1);
        }
    });
}

#[test]
fn a_read_that_is_polled_with_two_wakers_wakes_the_last_one() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            let mut cx = Context::from_waker(waker);
            assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        }
        peer.write_all(b"x").expect("the peer is connected");
        until_woken(&last).await;
        assert_eq!((first.count(), last.count()), (0, 1));
    });
}

#[test]
fn a_write_that_is_polled_with_two_wakers_wakes_the_last_one() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        fill(&mut stream).await;
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            let mut cx = Context::from_waker(waker);
            assert!(Pin::new(&mut stream).poll_write(&mut cx, &[0]).is_pending());
        }
        while last.count() == 0 {
            drain(&mut peer);
            yield_now().await;
        }
        assert_eq!((first.count(), last.count()), (0, 1));
    });
}

#[test]
fn an_accept_that_is_polled_with_two_wakers_wakes_the_last_one() {
    run(async {
        let (listener, addr) = listen().await;
        let mut accept = pin!(listener.accept());
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            assert!(accept.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        until_woken(&last).await;
        assert_eq!((first.count(), last.count()), (0, 1));
        accept.await.expect("the peer has connected");
    });
}

/// Spawns a read that counts its polls.
fn spawn_reader(
    mut stream: TcpStream,
) -> (Rc<Cell<usize>>, step::runtime::Task<std::io::Result<usize>>) {
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let reader = spawn(poll_fn(move |cx| {
        count.set(count.get() + 1);
        Pin::new(&mut stream).poll_read(cx, &mut [0; 10])
    }));
    (polls, reader)
}

#[test]
fn a_reader_is_polled_once_for_data_and_not_because_the_socket_is_writable() {
    run(async {
        let (stream, mut peer) = pair().await;
        let (polls, reader) = spawn_reader(stream);
        for _ in 0..10 {
            turns().await;
        }
        assert_eq!(polls.get(), 1);
        peer.write_all(b"x").expect("the peer is connected");
        assert_eq!(reader.await.expect("the byte was sent"), 1);
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn would_block_clears_the_readiness() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"x").expect("the peer is connected");
        // This fills the buffer, so the socket still counts as ready, and the next read
        // returns `WouldBlock`.
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        let (polls, reader) = spawn_reader(stream);
        for _ in 0..10 {
            turns().await;
        }
        assert_eq!(polls.get(), 1);
        peer.write_all(b"y").expect("the peer is connected");
        assert_eq!(reader.await.expect("the byte was sent"), 1);
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn an_event_wakes_a_read_that_was_polled_for_other_reasons_before() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let (sender, wakers) = mpsc::channel();
        let reader = spawn(poll_fn(move |cx| {
            let _ = sender.send(cx.waker().clone());
            Pin::new(&mut stream).poll_read(cx, &mut [0; 10])
        }));
        for _ in 0..3 {
            turns().await;
            wakers.try_recv().expect("the reader was polled").wake();
        }
        turns().await;
        peer.write_all(b"x").expect("the peer is connected");
        assert_eq!(reader.await.expect("the byte was sent"), 1);
    });
}

#[test]
fn a_dropped_socket_drops_its_waiter() {
    run(async {
        let (mut stream, _peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(stream);
        assert_eq!(Arc::strong_count(&wakes), 2);
    });
}

#[test]
fn a_socket_that_reuses_a_descriptor_sees_only_its_own_data() {
    run(async {
        let (listener, addr) = listen().await;
        for _ in 0..100 {
            let (mut first, mut first_peer) = pair().await;
            let (mut other, mut other_peer) = pair().await;
            let waits = spawn(async move { other.read(&mut [0]).await });
            let task = spawn(async move {
                first.read_exact(&mut [0]).await.expect("the byte was sent");
                // The events of both came together. The descriptor and the slot of the
                // other socket are free now, and the next socket takes them.
                drop(waits);
                let mut next = TcpStream::connect(addr).await.expect("it listens");
                let mut text = [0; 10];
                let length = next.read(&mut text).await.expect("the bytes were sent");
                assert_eq!(&text[..length], b"new");
            });
            turns().await;
            first_peer.write_all(b"x").expect("the peer is connected");
            other_peer.write_all(b"old").expect("the peer is connected");
            let (mut stream, _) = listener.accept().await.expect("the task connects");
            turns().await;
            stream.write_all(b"new").await.expect("the buffer has room");
            task.await;
        }
    });
}

#[test]
fn the_debug_output_of_a_stream_leaves_its_wakers_out() {
    run(async {
        let (stream, _peer) = pair().await;
        let text = format!("{stream:?}");
        assert!(text.contains(" { .. }"), "{text}");
    });
}
