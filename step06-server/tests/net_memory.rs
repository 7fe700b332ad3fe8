//! Sockets come and go, and those that are gone take their place in the reactor along.
#![cfg(target_os = "linux")]

mod common;

use std::fs;

use common::within_deadline;
use step06_server::executor::block_on;
use step06_server::net::TcpListener;

/// How many KiB of memory this process has.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("there is a /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a line tells it")
}

async fn sockets(count: usize) {
    for _ in 0..count {
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    }
}

#[test]
fn sockets_that_are_closed_leave_no_memory_behind() {
    within_deadline(|| {
        block_on(async {
            sockets(100).await;
            let before = memory();
            sockets(20_000).await;
            let more = memory().saturating_sub(before);
            // Something of each of them, however little, would take more.
            assert!(more < 256, "{more} KiB more");
        });
    });
}
