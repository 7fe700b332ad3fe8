//! A connection owns no buffers while its client is idle, and reads no more guesses than
//! its client takes answers. On Unix only: the standard library sets no buffer sizes.
#![cfg(unix)]

use std::io::{ErrorKind, Write};

use async_broadcast::broadcast;
use futures_lite::future::poll_once;
use rustix::net::sockopt::set_socket_send_buffer_size;
use step::{game::Connection, runtime::yield_now};

use crate::common::{sockets::pair, tasks::run};

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
