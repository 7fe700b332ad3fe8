//! The operations on timers.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use super::runtimes::Runtime;

/// The time of timers that never come to fire.
const LONG: Duration = Duration::from_secs(600);

/// Makes a timer, polls it once, and drops it, while so many others wait. That is what becomes of most timeouts. Many are
/// one operation, for some runtimes put off what there is to do about one until there are more.
pub async fn come_and_go<R: Runtime>(others: u64, times: u64) -> Duration {
    // Some end before the new one and some after it, in no order, but in the same one each time.
    let first = Instant::now() + LONG / 2;
    let moment = |number| first + Duration::from_millis(number * 7919 % 10_000 * 60);
    let other = |number| Box::pin(R::sleep_until(moment(number)));
    let mut waiting: Vec<_> = (0..others).map(other).collect();
    poll_fn(|cx| {
        let waiting = waiting.iter_mut().all(|timer| timer.as_mut().poll(cx).is_pending());
        assert!(waiting, "none is due");
        let start = Instant::now();
        for _ in 0..times {
            assert!(
                pin!(R::sleep_until(Instant::now() + LONG)).poll(cx).is_pending(),
                "it is not due"
            );
        }
        Poll::Ready(start.elapsed())
    })
    .await
}

/// Makes so many timers, polls each once, and awaits them when all are due. The time until they are is not counted.
pub async fn fire<R: Runtime>(timers: u64, times: u64, slowness: u32) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..times {
        // All shall be made before the first is due.
        let (start, limit) = (Instant::now(), Duration::from_millis(50) * slowness);
        let mut waiting: Vec<Pin<Box<R::Sleep>>> = Vec::with_capacity(timers as usize);
        poll_fn(|cx| {
            for number in 0..timers {
                let moment = start + limit + Duration::from_micros(number % 1000);
                let mut timer = Box::pin(R::sleep_until(moment));
                assert!(timer.as_mut().poll(cx).is_pending(), "it is not due");
                waiting.push(timer);
            }
            Poll::Ready(())
        })
        .await;
        took += start.elapsed();
        // Longer than the last one by some: tokio's timers have a granularity of a millisecond.
        thread::sleep(limit + Duration::from_millis(5));
        let start = Instant::now();
        let mut waiting = waiting.iter_mut();
        let mut next = waiting.next();
        poll_fn(|cx| {
            while let Some(timer) = &mut next {
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                next = waiting.next();
            }
            Poll::Ready(())
        })
        .await;
        took += start.elapsed();
    }
    took
}
