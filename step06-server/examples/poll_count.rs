//! How often is a task polled that waits for a tenth of a second?
//!
//! An executor without wakers does not know when to poll, so it never stops asking; one
//! with wakers is told.
//!
//! `cargo run -p step06-server --example poll_count`

use std::{
    future::{Future, poll_fn},
    pin::pin,
    time::{Duration, Instant},
};

use step06_server::executor::{block_on, spawn};
use step06_server::time::Timer;

fn main() {
    let (waited, polls) = block_on(async { spawn(count_polls(WAIT)).await });
    println!("a task waited {waited:.0?} and was polled {polls} times");
}

const WAIT: Duration = Duration::from_millis(100);

/// Waits, and tells how long it took and how many polls it needed.
async fn count_polls(wait: Duration) -> (Duration, u64) {
    let (start, mut polls) = (Instant::now(), 0);
    let mut timer = pin!(Timer::after(wait));
    poll_fn(|cx| {
        polls += 1;
        timer.as_mut().poll(cx)
    })
    .await;
    (start.elapsed(), polls)
}
