//! Several sockets in one task, with something else to do: a proxy that copies both ways,
//! and a server that accepts and serves in one future.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    io::{Read, Write},
    net,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    thread,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step::runtime::{Either, net::TcpStream, select, yield_now};

use crate::common::{
    sockets::{listen, pair},
    tasks::run,
};

/// Copies from one socket to another until the first one ends.
async fn copy(mut from: TcpStream, mut to: TcpStream, copied: &Cell<usize>) {
    let mut buffer = [0; 512];
    loop {
        let length = from.read(&mut buffer).await.expect("the peers are connected");
        if length == 0 {
            break;
        }
        to.write_all(&buffer[..length]).await.expect("the peers are connected");
        copied.set(copied.get() + length);
    }
}

#[test]
fn a_proxy_that_copies_both_ways_in_one_task_serves_the_small_way() {
    run(async {
        let ((left, mut left_peer), (right, right_peer)) = (pair().await, pair().await);
        let done = Arc::new(AtomicBool::new(false));
        // A flood from left to right, which is read at once, …
        let (flooding, mut flood) =
            (done.clone(), left_peer.try_clone().expect("a clone"));
        let sender = thread::spawn(move || {
            while !flooding.load(Ordering::SeqCst) {
                flood.write_all(&[7; 65536]).expect("the proxy reads");
            }
            flood.shutdown(net::Shutdown::Write).expect("it is connected");
        });
        let mut sink = right_peer.try_clone().expect("a clone");
        let receiver = thread::spawn(move || {
            std::io::copy(&mut sink, &mut std::io::sink()).expect("the flood ends")
        });
        // … and single bytes from right to left, one after the other.
        let mut small = right_peer;
        let pings = thread::spawn(move || {
            for _ in 0..200 {
                small.write_all(b"x").expect("the proxy reads");
                left_peer.read_exact(&mut [0]).expect("the proxy writes");
            }
            done.store(true, Ordering::SeqCst);
            small.shutdown(net::Shutdown::Write).expect("it is connected");
        });
        let (there, back) = (Cell::new(0), Cell::new(0));
        let (mut left_end, mut right_end) = (left.clone(), right.clone());
        let mut forth = pin!(async {
            copy(left.clone(), right.clone(), &there).await;
            right_end.close().await.expect("it is connected");
        });
        let mut back_way = pin!(async {
            copy(right.clone(), left.clone(), &back).await;
            left_end.close().await.expect("it is connected");
        });
        let (mut forth_done, mut back_done) = (false, false);
        poll_fn(|cx| {
            forth_done = forth_done || forth.as_mut().poll(cx).is_ready();
            back_done = back_done || back_way.as_mut().poll(cx).is_ready();
            if forth_done && back_done { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        assert_eq!(back.get(), 200);
        pings.join().expect("no panic");
        sender.join().expect("no panic");
        let received = receiver.join().expect("no panic");
        assert_eq!(received, there.get() as u64);
    });
}

#[test]
fn a_task_that_accepts_and_serves_in_one_future_does_both() {
    run(async {
        let (listener, addr) = listen().await;
        let served = Rc::new(Cell::new(0));
        let parts = RefCell::new(Vec::<Pin<Box<dyn Future<Output = ()>>>>::new());
        let mut peers = Vec::new();
        let (mut flooded, mut flood) = pair().await;
        flood.write_all(b"x").expect("the peer is connected");
        parts.borrow_mut().push(Box::pin(async move {
            loop {
                // A read into an empty buffer leaves the byte in the socket.
                flooded.read(&mut []).await.expect("the peer is connected");
            }
        }));
        let mut accepts = pin!(async {
            loop {
                let (mut stream, _) = listener.accept().await.expect("it is open");
                let served = served.clone();
                parts.borrow_mut().push(Box::pin(async move {
                    stream.read_exact(&mut [0]).await.expect("the byte was sent");
                    served.set(served.get() + 1);
                    pending().await
                }));
            }
        });
        let server = poll_fn(|cx| {
            for part in &mut *parts.borrow_mut() {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            let _: Poll<()> = accepts.as_mut().poll(cx);
            Poll::<()>::Pending
        });
        let clients = pin!(async {
            for number in 1..=50 {
                let mut peer = net::TcpStream::connect(addr).expect("it listens");
                peer.write_all(b"x").expect("it is connected");
                peers.push(peer);
                while served.get() < number {
                    yield_now().await;
                }
            }
        });
        assert!(matches!(select(server, clients).await, Either::Right(())));
    });
}
