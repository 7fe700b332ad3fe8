//! A vectored write sends several buffers with one system call.

use std::{
    io::{self, IoSlice, Read},
    net,
};

use futures_lite::{AsyncWriteExt, future::poll_once};
use step::runtime::{net::TcpStream, yield_now};

use crate::common::{sockets::pair, tasks::run};

/// Writes all buffers, with as many calls as it takes. Returns the number of calls.
async fn write_all(stream: &mut TcpStream, mut bufs: &mut [IoSlice<'_>]) -> usize {
    let mut calls = 0;
    while !bufs.is_empty() {
        let written = stream.write_vectored(bufs).await.expect("the peer is there");
        IoSlice::advance_slices(&mut bufs, written);
        calls += 1;
    }
    calls
}

/// Reads this many bytes at the peer.
fn read(peer: &mut net::TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    peer.read_exact(&mut bytes).expect("the bytes were sent");
    bytes
}

#[test]
fn two_buffers_leave_with_one_call() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let bufs = [&b"head, "[..], b"", b"body"].map(IoSlice::new);
        let written = stream.write_vectored(&bufs).await.expect("the peer is there");
        assert_eq!(written, 10);
        assert_eq!(read(&mut peer, 10), b"head, body");
    });
}

#[test]
fn more_buffers_than_a_call_takes_leave_with_several_calls() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let bytes: Vec<u8> = (0..5000).map(|n: usize| (n % 251) as u8).collect();
        for _ in 0..3 {
            let mut bufs: Vec<_> = bytes.chunks(1).map(IoSlice::new).collect();
            // The socket has room all the time, so no event will report that it has.
            let calls = write_all(&mut stream, &mut bufs).await;
            assert!((5..=5000).contains(&calls), "{calls} calls");
            assert!(read(&mut peer, bytes.len()) == bytes);
        }
    });
}

#[test]
fn a_partial_write_counts_what_was_sent() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let piece: Vec<u8> = (0..20_011).map(|n: usize| (n % 251) as u8).collect();
        let mut sent = Vec::new();
        let mut full = 0;
        // The kernel moves bytes from one buffer to the other, so one `Pending` is not
        // the end.
        while full < 100 {
            let bufs = [&piece[..], b"between", &piece].map(IoSlice::new);
            match poll_once(stream.write_vectored(&bufs)).await {
                Some(written) => {
                    let all = [&piece[..], b"between", &piece].concat();
                    sent.extend(&all[..written.expect("the peer is there")]);
                    full = 0;
                }
                None => full += 1,
            }
            yield_now().await;
        }
        assert!(read(&mut peer, sent.len()) == sent, "other bytes arrived");
        // Now the socket has room again, and an event reports it.
        stream.write_all(b"more").await.expect("the peer is there");
        assert_eq!(read(&mut peer, 4), b"more");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn after_a_partial_write_no_write_is_made_until_an_event_comes() {
    use crate::common::sockets::drain;

    run(async {
        let (mut stream, mut peer) = pair().await;
        let plenty = vec![7; 1 << 20];
        let bufs = [&plenty[..], &plenty].map(IoSlice::new);
        // When a write is partial, the buffers of both ends are full.
        while stream.write_vectored(&bufs).await.expect("it is connected") == 2 << 20 {}
        drain(&mut peer);
        // The buffers have room again, but the poller has not been asked for the event.
        assert!(poll_once(stream.write_vectored(&bufs)).await.is_none());
        stream.write_vectored(&bufs).await.expect("an event reports the room");
    });
}

#[test]
fn a_vectored_write_after_the_runtime_has_ended_is_an_error() {
    let (mut stream, _peer) = run(pair());
    let bufs = [IoSlice::new(b"x")];
    let result: io::Result<usize> =
        futures_lite::future::block_on(stream.write_vectored(&bufs));
    result.expect_err("the runtime has ended");
}
