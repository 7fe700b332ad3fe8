//! Most timers are cancelled long before their time: that is cheap, however many others there are.

mod common;

use std::time::{Duration, Instant};

use common::within_deadline;
use futures_lite::future::poll_once;
use step05_timers::executor::block_on;
use step05_timers::time::Timer;

const HOUR: Duration = Duration::from_secs(3600);

/// How long it takes to set and to cancel some thousand timers.
async fn set_and_cancel() -> Duration {
    let start = Instant::now();
    for _ in 0..20_000 {
        assert!(poll_once(Timer::after(HOUR)).await.is_none());
    }
    start.elapsed()
}

#[test]
fn cancelling_a_timer_takes_no_longer_beside_many_others() {
    within_deadline(|| {
        block_on(async {
            let mut others: Vec<Timer> = Vec::new();
            loop {
                others.clear();
                let alone = set_and_cancel().await;
                others.extend((0..100_000).map(|_| Timer::after(HOUR)));
                for timer in &mut others {
                    assert!(poll_once(timer).await.is_none());
                }
                // A busy machine may stretch a measurement, but not every time. Looking at all the others once in a
                // hundred times would already take far longer.
                if set_and_cancel().await < 10 * alone {
                    break;
                }
            }
        });
    });
}
