//! A task that has ended leaves no memory behind in the executor. This test needs a
//! process of its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::future::pending;

use step::runtime::{spawn, yield_now};

use crate::common::{alone::alone, memory::memory, tasks::run};

/// Spawns tasks and cancels them, before and after their first poll, or lets them finish.
async fn spawn_and_end(rounds: usize) {
    for _ in 0..rounds {
        drop([(); 10].map(|()| spawn(pending::<()>())));
        let polled = [(); 10].map(|()| spawn(pending::<()>()));
        (0..10).for_each(|_| spawn(async {}).detach());
        yield_now().await;
        drop(polled);
        yield_now().await;
    }
}

#[test]
fn ended_tasks_leave_no_memory_behind() {
    alone(ended_tasks_leave_no_memory_behind, || {
        run(async {
            spawn_and_end(100).await;
            let before = memory();
            spawn_and_end(10_000).await;
            let more = memory().saturating_sub(before);
            // If each task left a few bytes, there would be more.
            assert!(more < 512, "{more} KiB more");
        });
    });
}
