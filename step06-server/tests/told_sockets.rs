//! A subscriber of the trace runs user code in the middle of the runtime. It can use
//! sockets at every event of the reactor.

use std::io::Write;

use futures_lite::AsyncReadExt;
use step::runtime::{net::TcpStream, spawn};

use crate::common::{
    poll_once,
    sockets::{listen, pair},
    tasks::turns,
    trace::{at_next, traced},
};

#[test]
fn a_subscriber_can_open_a_socket_when_another_one_is_registered() {
    traced(async {
        at_next("register", || {
            let mut opened = Box::pin(listen());
            assert!(poll_once(&mut opened).is_ready());
        });
        let (listener, addr) = listen().await;
        let client = spawn(TcpStream::connect(addr));
        listener.accept().await.expect("the client connects");
        client.await.expect("the listener accepts");
    });
}

#[test]
fn a_subscriber_can_open_and_close_sockets_when_a_socket_becomes_ready() {
    traced(async {
        let ((mut stream, mut peer), (other, _other_peer)) = (pair().await, pair().await);
        let reader = spawn(async move { stream.read(&mut [0]).await });
        turns().await;
        at_next("readiness", move || {
            drop(other);
            spawn(async { drop(pair().await) }).detach();
        });
        peer.write_all(b"x").expect("the peer is connected");
        assert_eq!(reader.await.expect("the byte was sent"), 1);
    });
}
