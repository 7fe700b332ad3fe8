//! Most timers are cancelled long before their time, and what they leave behind does not pile up until then.
#![cfg(target_os = "linux")]

mod common;

use std::{fs, time::Duration};

use common::within_deadline;
use futures_lite::future::poll_once;
use step05_timers::executor::block_on;
use step05_timers::time::Timer;

const HOUR: Duration = Duration::from_secs(3600);

/// How many KiB of memory this process has.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("there is a /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a line tells it")
}

#[test]
fn timers_that_are_cancelled_leave_no_memory_behind() {
    within_deadline(|| {
        block_on(async {
            // An odd number of them, and many cancelled at once, so that the leftovers pass every mark.
            let mut others: Vec<_> = (0..1001).map(|_| Timer::after(HOUR)).collect();
            for timer in &mut others {
                assert!(poll_once(timer).await.is_none());
            }
            others.truncate(400);
            let before = memory();
            for _ in 0..300_000 {
                assert!(poll_once(Timer::after(HOUR)).await.is_none());
            }
            let more = memory().saturating_sub(before);
            // A leftover takes some thirty bytes: all of them would take about nine thousand KiB.
            assert!(more < 1024, "{more} KiB more");
        });
    });
}
