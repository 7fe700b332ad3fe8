//! Sleeps, timeouts and an interval, all at the same time on one thread.
//!
//! `cargo run -p step06-server --example timers`

use std::{
    future::pending,
    time::{Duration, Instant},
};

use step::runtime::{
    block_on, spawn,
    time::{interval, sleep, timeout},
};
use step06_server as step;

const MS: Duration = Duration::from_millis(1);

fn main() {
    let start = Instant::now();
    let log = move |text: &str| println!("{:>4} ms  {text}", start.elapsed().as_millis());
    block_on(async {
        log("start");
        let sleeper = spawn(async move {
            sleep(250 * MS).await;
            log("sleep: 250 ms have passed");
        });
        let limited = spawn(async move {
            let answer = timeout(200 * MS, async {
                sleep(50 * MS).await;
                "an answer"
            });
            log(&format!("timeout: after 50 of 200 ms: {:?}", answer.await));
            let answer = timeout(100 * MS, pending::<()>());
            log(&format!("timeout: after 100 of 100 ms: {:?}", answer.await));
        });
        let ticker = spawn(async move {
            let mut ticks = interval(100 * MS);
            for tick in 1..=5 {
                let due = ticks.tick().await - start;
                log(&format!("interval: tick {tick}, due at {due:.1?}"));
                if tick == 2 {
                    // This takes longer than a period. The ticks that are missed
                    // are skipped. The next one is whole periods later.
                    sleep(230 * MS).await;
                }
            }
        });
        sleeper.await;
        limited.await;
        ticker.await;
        log("end");
    });
}
