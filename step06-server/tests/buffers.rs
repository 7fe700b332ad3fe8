//! A connection owns no buffers while its client is idle, reads no more guesses than its
//! client takes answers, and is polled no more often than it has to be. On Unix only: the
//! standard library sets no buffer sizes.
#![cfg(unix)]

use std::{
    future::Future,
    io::{ErrorKind, Read, Write},
    task::Context,
};

use async_broadcast::broadcast;
use futures_lite::future::poll_once;
use rustix::net::sockopt::set_socket_send_buffer_size;
use step::{game::Connection, runtime::yield_now};

use crate::common::{Wakes, sockets::pair, tasks::run};

#[test]
fn a_client_that_reads_no_answers_is_not_read_from() {
    // The buffers of the kernel hold less than this.
    const MOST: usize = 4 << 20;
    run(async {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        let (announce, mut over) = broadcast(1);
        let mut connection = Connection::new(stream, addr, 50, announce);
        let mut playing = Box::pin(connection.handle(&mut over));
        peer.set_nonblocking(true).expect("it is a socket");
        set_socket_send_buffer_size(&peer, 64 << 10).expect("it is a socket");
        let (guesses, mut taken, mut refused) = ("0\n".repeat(16 << 10), 0, 0);
        while refused < 100 {
            match peer.write(guesses.as_bytes()) {
                Ok(bytes) => (taken, refused) = (taken + bytes, 0),
                Err(error) if error.kind() == ErrorKind::WouldBlock => refused += 1,
                Err(error) => panic!("{error}"),
            }
            assert!(taken < MOST, "{} MiB of guesses were taken", taken >> 20);
            assert!(poll_once(&mut playing).await.is_none());
            yield_now().await;
        }
    });
}

#[test]
fn a_line_is_answered_in_one_poll() {
    run(async {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        let (announce, mut over) = broadcast(1);
        let mut connection = Connection::new(stream, addr, 50, announce);
        let mut playing = Box::pin(connection.handle(&mut over));
        let (wakes, waker) = Wakes::new();
        let mut cx = Context::from_waker(&waker);
        assert!(playing.as_mut().poll(&mut cx).is_pending());
        peer.write_all(b"0\n").expect("it is connected");
        while wakes.count() == 0 {
            yield_now().await;
        }
        let before = wakes.count();
        assert!(playing.as_mut().poll(&mut cx).is_pending());
        assert_eq!(wakes.count(), before, "it asks for another poll");
        let mut answer = [0; 9];
        peer.read_exact(&mut answer).expect("it is connected");
        assert_eq!(&answer, b"Too low!\n");
    });
}
