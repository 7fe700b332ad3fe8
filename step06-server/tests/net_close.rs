//! Closing the sending side of a connection.

use std::io::{Read, Write};

use futures_lite::{AsyncReadExt, AsyncWriteExt};

use crate::common::{sockets::pair, tasks::run};

#[test]
fn a_closed_stream_still_reads() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        stream.close().await.expect("the peer is there");
        assert_eq!(peer.read(&mut [0]).expect("the end is no error"), 0);
        peer.write_all(b"x").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        stream.write(b"y").await.expect_err("the sending side is closed");
    });
}

#[cfg(unix)]
#[test]
fn closing_after_a_reset_is_an_error() {
    run(async {
        let (mut stream, peer) = pair().await;
        crate::common::sockets::reset(peer);
        stream.read(&mut [0]).await.expect_err("a reset");
        let error = stream.close().await.expect_err("there is no connection");
        assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
    });
}
