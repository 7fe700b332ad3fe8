//! Cancelled timers leave no memory behind, although their deadlines stay in the heap for
//! a while. This test needs a process of its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::time::Duration;

use futures_lite::future::poll_once;
use step::runtime::time::Timer;

use crate::common::{alone::alone, memory::memory, tasks::run};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn cancelled_timers_leave_no_memory_behind() {
    alone(cancelled_timers_leave_no_memory_behind, || {
        run(async {
            // Many timers are cancelled at once, so that sweeping does not start from an
            // empty heap.
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
            // A deadline takes about 30 bytes, so all of them would take about 9,000 KiB.
            assert!(more < 1024, "{more} KiB more");
        });
    });
}
