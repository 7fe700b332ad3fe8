//! A listener: a task that waits for a client does not keep the other tasks waiting.

use std::{cell::Cell, io::ErrorKind, net, rc::Rc};

use futures_lite::future::poll_once;
use step::runtime::{net::TcpListener, spawn};

use crate::common::{
    sockets::listen,
    tasks::{run, turns},
};

#[test]
fn other_tasks_run_while_an_accept_waits() {
    run(async {
        let (listener, addr) = listen().await;
        let accepted = Rc::new(Cell::new(None));
        let slot = accepted.clone();
        let task = spawn(async move {
            let (_stream, from) = listener.accept().await.expect("a client connects");
            slot.set(Some(from));
        });
        // If the task blocked the thread, this future would never be polled again.
        turns().await;
        assert_eq!(accepted.get(), None);
        let client = net::TcpStream::connect(addr).expect("the listener is there");
        task.await;
        let local = client.local_addr().expect("the client is connected");
        assert_eq!(accepted.get(), Some(local));
    });
}

#[test]
fn clients_that_connected_before_the_accept_are_accepted_in_order() {
    run(async {
        let (listener, addr) = listen().await;
        let connect = |()| net::TcpStream::connect(addr).expect("it listens");
        let clients = [(); 3].map(connect);
        turns().await;
        for client in clients {
            let (_stream, from) = listener.accept().await.expect("it has connected");
            assert_eq!(from, client.local_addr().expect("it is connected"));
        }
    });
}

#[test]
fn an_address_in_use_is_an_error() {
    run(async {
        let (_listener, addr) = listen().await;
        let error = TcpListener::bind(addr).await.expect_err("the port is taken");
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn a_cancelled_accept_loses_no_connection() {
    run(async {
        let (listener, addr) = listen().await;
        assert!(poll_once(listener.accept()).await.is_none());
        let peer = net::TcpStream::connect(addr).expect("the listener is there");
        turns().await;
        let (_stream, from) = listener.accept().await.expect("the peer has connected");
        assert_eq!(from, peer.local_addr().expect("the peer is connected"));
    });
}
