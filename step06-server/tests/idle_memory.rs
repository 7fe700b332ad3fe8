//! Connections whose clients are idle share their buffers. This test needs a process of
//! its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::{io::Write, net::TcpStream};

use async_broadcast::broadcast;
use step::{game::Connection, runtime::spawn};

use crate::common::{
    alone::alone,
    memory::memory,
    sockets::pair,
    tasks::{run, turns},
};

/// How many clients there are.
const COUNT: usize = 300;

/// Starts clients, each of which has asked once and waits.
async fn idle_clients(count: usize) -> Vec<TcpStream> {
    let mut peers = Vec::new();
    for _ in 0..count {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        let (announce, mut over) = broadcast(1);
        let mut connection = Connection::new(stream, addr, 50, announce);
        spawn(async move { connection.handle(&mut over).await }).detach();
        peer.write_all(b"0\n").expect("it is connected");
        turns().await;
        peers.push(peer);
    }
    peers
}

#[test]
fn an_idle_connection_owns_no_buffers() {
    alone(an_idle_connection_owns_no_buffers, || {
        run(async {
            let _first = idle_clients(30).await;
            let before = memory();
            let _peers = idle_clients(COUNT).await;
            let more = memory().saturating_sub(before);
            // One buffer for a read takes 4 KiB.
            assert!(more < 3 * COUNT, "{more} KiB more for {COUNT} connections");
        });
    });
}
