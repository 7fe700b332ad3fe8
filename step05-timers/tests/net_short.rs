//! A short read or write shows that the next call would block, so that call is not made.
//! Otherwise a call is tried without waiting for an event. On Linux only, because not
//! every system lets a short read or write count.
#![cfg(target_os = "linux")]

use std::io::Write;

use futures_lite::{AsyncReadExt, AsyncWriteExt, future::poll_once};
use step::runtime::yield_now;

use crate::common::{
    sockets::{drain, fill, pair},
    tasks::run,
};

#[test]
fn after_a_short_read_no_read_is_made_until_an_event_comes() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut buffer = [0; 100];
        for message in ["one", "another"] {
            peer.write_all(message.as_bytes()).expect("the connection holds");
            // The message has arrived, but the poller has not been asked for its event.
            let early = poll_once(stream.read(&mut buffer)).await;
            assert!(early.is_none(), "a read before the event of {message:?}");
            let length = stream.read(&mut buffer).await.expect("the connection holds");
            assert_eq!(&buffer[..length], message.as_bytes());
        }
    });
}

#[test]
fn after_a_full_read_the_next_read_needs_no_event() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"12345").expect("the connection holds");
        let mut buffer = [0; 2];
        let first = stream.read(&mut buffer).await.expect("the connection holds");
        assert_eq!(first, 2);
        for expected in [2, 1] {
            let read = poll_once(stream.read(&mut buffer)).await;
            let read = read.expect("no event is needed").expect("the connection holds");
            assert_eq!(read, expected);
        }
        assert!(poll_once(stream.read(&mut buffer)).await.is_none());
    });
}

#[test]
fn after_a_short_write_no_write_is_made_until_an_event_comes() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let plenty = vec![7; 1 << 20];
        // When a write is short, the buffers of both ends are full.
        while stream.write(&plenty).await.expect("the connection holds") == plenty.len() {
        }
        drain(&mut peer);
        // The buffers have room again, but the poller has not been asked for the event.
        assert!(poll_once(stream.write(b"more")).await.is_none());
        loop {
            yield_now().await;
            drain(&mut peer);
            match poll_once(stream.write(b"more")).await {
                None => {}
                Some(written) => {
                    break assert_eq!(written.expect("the connection holds"), 4);
                }
            }
        }
    });
}

#[test]
fn after_accept_the_first_write_needs_no_event() {
    run(async {
        let (mut stream, _peer) = pair().await;
        let written = poll_once(stream.write(b"hello")).await;
        let written = written.expect("no event is needed");
        assert_eq!(written.expect("the buffer has room"), 5);
    });
}

#[test]
fn an_event_of_one_direction_allows_no_call_in_the_other_one() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        fill(&mut stream).await;
        // Wait until an event reports that there is room again.
        loop {
            drain(&mut peer);
            yield_now().await;
            if poll_once(stream.write(b"more")).await.is_some() {
                break;
            }
        }
        peer.write_all(b"late").expect("the connection holds");
        // The bytes have arrived, but no event has reported any yet.
        let mut buffer = [0; 4];
        assert!(poll_once(stream.read(&mut buffer)).await.is_none());
        stream.read_exact(&mut buffer).await.expect("the connection holds");
    });
}
