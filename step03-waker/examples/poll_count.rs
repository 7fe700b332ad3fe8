//! How often is a task polled while it waits for a tenth of a second?
//!
//! An executor without wakers cannot know when to poll, so it polls all the time. With
//! wakers, it polls when the timer has fired.
//!
//! `cargo run -p step03-waker --example poll_count`

use std::{
    future::{Future, poll_fn},
    pin::pin,
    time::{Duration, Instant},
};

use smol::Timer;
use step::runtime::{block_on, spawn};
use step03_waker as step;

const WAIT: Duration = Duration::from_millis(100);

fn main() {
    let (waited, polls) = block_on(async { spawn(count_polls(WAIT)).await });
    println!("a task waited {waited:.0?} and was polled {polls} times");
}

/// Waits, and returns how long it took and how many polls it needed.
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
