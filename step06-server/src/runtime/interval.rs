//! An interval ticks once a period. It is a timer that is set again after each tick.

use std::time::{Duration, Instant};

use super::time::Timer;

/// Makes an interval that ticks once a period. The first tick comes one period from now.
///
/// # Panics
///
/// Panics if the period is zero.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::Duration;
///
/// # step::runtime::block_on(async {
/// let mut interval = step::runtime::time::interval(Duration::from_millis(1));
/// let first = interval.tick().await;
/// assert!(interval.tick().await - first >= Duration::from_millis(1));
/// # });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period longer than zero");
    Interval { timer: Timer::after(period), period }
}

/// Ticks once a period. Made by [`interval`].
#[derive(Debug)]
pub struct Interval {
    timer: Timer,
    period: Duration,
}

impl Interval {
    /// Waits for the next tick, and returns the time at which it was due.
    ///
    /// Ticks stay a whole number of periods apart. Ticks that were missed are skipped.
    ///
    /// # Panics
    ///
    /// Panics when polled outside [`block_on`](crate::runtime::block_on).
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe: the next call returns any tick that this one did not.
    pub async fn tick(&mut self) -> Instant {
        let due = (&mut self.timer).await;
        let now = Instant::now();
        let late = now.duration_since(due).as_nanos() % self.period.as_nanos();
        // `late` fits into a `u64`, because no process runs for 2^64 ns (584 years).
        let late = Duration::from_nanos(late as u64);
        self.timer = Timer::new(now.checked_add(self.period - late));
        due
    }
}
