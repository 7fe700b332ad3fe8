//! Sleeping, giving up, and keeping a beat, all at the same time on one thread.
//!
//! `cargo run -p step06-server --example timers`

use std::{
    future::pending,
    time::{Duration, Instant},
};

use step06_server::executor::{block_on, spawn};
use step06_server::time::{interval, sleep, timeout};

const MS: Duration = Duration::from_millis(1);

fn main() {
    let start = Instant::now();
    let say = move |what: &str| println!("{:>4} ms  {what}", start.elapsed().as_millis());
    block_on(async {
        say("begin");
        let sleeper = spawn(async move {
            sleep(250 * MS).await;
            say("sleep: 250 ms are over");
        });
        let patient = spawn(async move {
            let answer = timeout(200 * MS, async {
                sleep(50 * MS).await;
                "an answer"
            });
            say(&format!("timeout: after 50 of 200 ms it is {:?}", answer.await));
            let answer = timeout(100 * MS, pending::<()>());
            say(&format!("timeout: after 100 ms in vain it is {:?}", answer.await));
        });
        let beat = spawn(async move {
            let mut beat = interval(100 * MS);
            for tick in 1..=5 {
                let due = beat.tick().await - start;
                say(&format!("interval: tick {tick}, which was due at {due:.1?}"));
                if tick == 2 {
                    // Whoever is busy for long misses ticks; the next one is back on the
                    // beat.
                    sleep(230 * MS).await;
                }
            }
        });
        sleeper.await;
        patient.await;
        beat.await;
        say("end");
    });
}
