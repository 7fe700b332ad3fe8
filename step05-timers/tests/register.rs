//! A socket belongs to the runtime that it is registered with, so it needs a runtime.

use std::net;

use step::runtime::net::{TcpListener, TcpStream};

#[test]
#[should_panic(expected = "a socket needs a runtime: make it inside `block_on`")]
fn bind_outside_block_on_panics() {
    let _ = futures_lite::future::block_on(TcpListener::bind(net::SocketAddr::from((
        [127, 0, 0, 1],
        0,
    ))));
}

#[test]
#[should_panic(expected = "a socket needs a runtime: make it inside `block_on`")]
fn connect_outside_block_on_panics() {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("the listener is bound");
    let _ = futures_lite::future::block_on(TcpStream::connect(addr));
}
