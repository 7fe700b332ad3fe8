//! The connections of a listener as a stream.

use std::net;

use futures_lite::{
    StreamExt,
    future::{block_on, poll_once},
};
use step::runtime::spawn;

use crate::common::{
    sockets::listen,
    tasks::{run, turns},
};

#[test]
fn every_connection_is_an_item() {
    run(async {
        let (listener, addr) = listen().await;
        let connect = |_| net::TcpStream::connect(addr).expect("the listener is there");
        let clients = [(); 3].map(connect);
        let mut incoming = listener.incoming();
        for client in clients {
            let stream = incoming.next().await.expect("a stream without end");
            let peer = stream.expect("a client has connected").peer_addr();
            let local = client.local_addr().expect("it is connected");
            assert_eq!(peer.expect("it is connected"), local);
        }
        assert!(poll_once(incoming.next()).await.is_none());
    });
}

#[test]
fn a_cancelled_next_loses_no_connection() {
    run(async {
        let (listener, addr) = listen().await;
        let mut incoming = listener.incoming();
        assert!(poll_once(incoming.next()).await.is_none());
        let _client = net::TcpStream::connect(addr).expect("the listener is there");
        turns().await;
        // Both ways lead to it.
        listener.accept().await.expect("the client has connected");
        let _client = net::TcpStream::connect(addr).expect("the listener is there");
        incoming.next().await.expect("no end").expect("the client has connected");
    });
}

#[test]
fn streams_and_accept_wait_in_one_line() {
    run(async {
        let (listener, addr) = listen().await;
        let listener = std::rc::Rc::new(listener);
        let waiting = [true, false, true].map(|by_stream| {
            let listener = listener.clone();
            let task = async move {
                match by_stream {
                    true => listener.incoming().next().await.expect("no end"),
                    false => listener.accept().await.map(|(stream, _)| stream),
                }
            };
            spawn(task)
        });
        turns().await;
        let connect = |_| net::TcpStream::connect(addr).expect("the listener is there");
        let clients = [(); 3].map(connect);
        for (task, client) in waiting.into_iter().zip(clients) {
            let peer = task.await.expect("a client has connected").peer_addr();
            let local = client.local_addr().expect("it is connected");
            assert_eq!(peer.expect("it is connected"), local);
        }
    });
}

#[test]
fn an_error_is_an_item_and_not_the_end() {
    let (listener, _) = run(listen());
    let mut incoming = listener.incoming();
    for _ in 0..2 {
        let item = block_on(incoming.next());
        item.expect("no end").expect_err("the runtime has ended");
    }
}
