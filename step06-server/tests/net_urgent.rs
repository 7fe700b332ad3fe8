//! Urgent data: a read stops short in front of it, although more data can follow. The
//! urgent byte itself is not part of the stream. On Linux only, where an event reports
//! urgent data.
#![cfg(target_os = "linux")]

use std::{
    future::{Future, poll_fn},
    io::Write,
    net::{self, Shutdown},
    pin::pin,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::net::{SendFlags, send};
use step::runtime::{spawn, time::sleep};

use crate::common::{
    sockets::pair,
    tasks::{run, turns},
};

fn send_urgent(peer: &net::TcpStream) {
    send(peer, b"!", SendFlags::OOB).expect("the peer is connected");
}

#[test]
fn urgent_data_does_not_hide_the_data_that_follows() {
    run(async {
        for reader_waits in [false, true] {
            let (mut stream, mut peer) = pair().await;
            let reader = spawn(async move {
                // The bytes before and after the urgent one come in two reads. The first
                // read is short, and yet it is not the last one.
                let mut buffer = [0; 6];
                stream.read_exact(&mut buffer).await.expect("the bytes were sent");
                assert_eq!(&buffer, b"abcdef");
            });
            if reader_waits {
                turns().await;
            }
            peer.write_all(b"abc").expect("the peer is connected");
            send_urgent(&peer);
            peer.write_all(b"def").expect("the peer is connected");
            reader.await;
        }
    });
}

#[test]
fn urgent_data_between_all_bytes_hides_none_of_them() {
    run(async {
        for size in 1..5 {
            let (mut stream, mut peer) = pair().await;
            let reader = spawn(async move {
                let (mut all, mut buffer) = (Vec::<u8>::new(), vec![0; size]);
                loop {
                    match stream.read(&mut buffer).await.expect("the end is no error") {
                        0 => return all,
                        length => all.extend(&buffer[..length]),
                    }
                }
            });
            let mut sent = Vec::new();
            for number in 100..200 {
                if number % 3 == 0 {
                    turns().await;
                }
                peer.write_all(&[number]).expect("the peer is connected");
                sent.push(number);
                send_urgent(&peer);
            }
            peer.shutdown(Shutdown::Write).expect("the peer is connected");
            let mut read = reader.await;
            // An urgent byte that another one overtakes becomes ordinary data.
            read.retain(|&byte| byte != b'!');
            assert_eq!(read, sent, "in reads of {size}");
        }
    });
}

#[test]
fn urgent_data_does_not_hide_the_end() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let reader = spawn(async move {
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("the end is no error");
            text
        });
        turns().await;
        peer.write_all(b"abc").expect("the peer is connected");
        send_urgent(&peer);
        peer.shutdown(Shutdown::Write).expect("the peer is connected");
        assert_eq!(reader.await, "abc");
    });
}

#[test]
fn urgent_data_alone_does_not_keep_the_reader_busy() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        let mut polls = 0;
        send_urgent(&peer);
        let mut buffer = [0];
        let mut read = pin!(stream.read(&mut buffer));
        let mut pause = pin!(sleep(std::time::Duration::from_millis(20)));
        poll_fn(|cx| {
            polls += 1;
            assert!(read.as_mut().poll(cx).is_pending());
            pause.as_mut().poll(cx)
        })
        .await;
        assert!(polls <= 6, "{polls} polls");
        peer.write_all(b"x").expect("the peer is connected");
        assert_eq!(read.await.expect("a byte was sent"), 1);
    });
}

#[test]
fn urgent_data_does_not_disturb_a_write() {
    run(async {
        let (mut stream, mut peer) = pair().await;
        send_urgent(&peer);
        turns().await;
        stream.write_all(b"answer").await.expect("the peer is connected");
        let mut buffer = [0; 6];
        std::io::Read::read_exact(&mut peer, &mut buffer).expect("it was sent");
        assert_eq!(&buffer, b"answer");
    });
}
