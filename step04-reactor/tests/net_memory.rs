//! A socket that is closed leaves no memory behind in the reactor. This test needs a
//! process of its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::net::SocketAddr;

use step::runtime::{block_on, net::TcpListener};

use crate::common::{alone::alone, memory::memory, within_deadline};

async fn open_and_close(count: usize) {
    for _ in 0..count {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        drop(listener.expect("there is a free port"));
    }
}

#[test]
fn closed_sockets_leave_no_memory_behind() {
    alone(closed_sockets_leave_no_memory_behind, || {
        within_deadline(|| {
            block_on(async {
                open_and_close(100).await;
                let before = memory();
                open_and_close(20_000).await;
                let more = memory().saturating_sub(before);
                // If each socket left a few bytes, there would be more.
                assert!(more < 256, "{more} KiB more");
            });
        });
    });
}
