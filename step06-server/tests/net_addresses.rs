//! `bind` and `connect` take names and lists of addresses, and try one after the other.

use std::{
    io::ErrorKind,
    net::{self, SocketAddr},
};

use step::runtime::net::{TcpListener, TcpStream};

use crate::common::{sockets::listen, tasks::run};

/// Returns an address that no listener listens on.
fn refused() -> SocketAddr {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("the listener is bound")
}

/// An address that no TCP connection can have.
const IMPOSSIBLE: SocketAddr =
    SocketAddr::new(net::IpAddr::V4(net::Ipv4Addr::BROADCAST), 9);

#[test]
fn connect_tries_one_address_after_the_other() {
    run(async {
        let (_listener, addr) = listen().await;
        let addrs = [refused(), IMPOSSIBLE, addr, refused()];
        let stream = TcpStream::connect(&addrs[..]).await.expect("one of them listens");
        assert_eq!(stream.peer_addr().expect("it is connected"), addr);
    });
}

#[test]
fn connect_returns_the_error_of_the_last_address() {
    run(async {
        let addrs = [IMPOSSIBLE, refused()];
        let error = TcpStream::connect(&addrs[..]).await.expect_err("none listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let addrs = [refused(), IMPOSSIBLE];
        let error = TcpStream::connect(&addrs[..]).await.expect_err("none listens");
        assert_ne!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn bind_tries_one_address_after_the_other() {
    run(async {
        let (_listener, taken) = listen().await;
        let addrs = [taken, SocketAddr::from(([127, 0, 0, 1], 0))];
        let listener = TcpListener::bind(&addrs[..]).await.expect("one of them is free");
        assert_ne!(listener.local_addr().expect("the listener is bound"), taken);
    });
}

#[test]
fn a_list_without_addresses_is_an_error() {
    run(async {
        let none: &[SocketAddr] = &[];
        let error = TcpStream::connect(none).await.expect_err("there is no address");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let error = TcpListener::bind(none).await.expect_err("there is no address");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn an_address_can_be_a_text() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("it is an address");
        let addr = listener.local_addr().expect("the listener is bound");
        let stream = TcpStream::connect(addr.to_string()).await.expect("it listens");
        assert_eq!(stream.peer_addr().expect("it is connected"), addr);
        let error = TcpStream::connect("127.0.0.1").await.expect_err("it has no port");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_name_is_looked_up() {
    run(async {
        let listener = TcpListener::bind("localhost:0").await.expect("a known name");
        let addr = listener.local_addr().expect("the listener is bound");
        // The name can have two addresses, and the first need not be the listener's.
        let stream = TcpStream::connect(("localhost", addr.port())).await;
        let stream = stream.expect("one of the addresses is the listener's");
        assert_eq!(stream.peer_addr().expect("it is connected"), addr);
    });
}
