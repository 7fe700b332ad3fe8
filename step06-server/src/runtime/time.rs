//! Futures that wait for a point in time. They set and cancel the timers in `timers.rs`.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    pin::{Pin, pin},
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use super::{
    budget::Waited,
    executor::Executor,
    select::{Either, select},
    slab::Key,
};
pub use super::{
    deadline::{sleep_until, timeout_at},
    interval::{Interval, interval},
};

/// Waits until a point in time, and returns its deadline.
///
/// Never completes early. May complete late: the poller rounds up to 1 ms, and tasks
/// ahead in the queue run first. The time counts from when the timer is made, not from
/// its first poll. A timer whose deadline has passed is ready at its first poll. A task
/// that awaits many such timers in a loop lets other tasks run now and then.
///
/// A timer can outlive its runtime. If it is awaited in another one, it continues there.
///
/// # Panics
///
/// Panics when polled outside [`block_on`](crate::runtime::block_on).
///
/// # Cancel safety
///
/// Dropping a timer cancels it. Awaiting `&mut timer` is cancel-safe.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::{Duration, Instant};
/// use step::runtime::{block_on, time::Timer};
///
/// block_on(async {
///     let start = Instant::now();
///     Timer::after(Duration::from_millis(5)).await;
///     assert!(start.elapsed() >= Duration::from_millis(5));
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Timer {
    /// `None` means never.
    deadline: Option<Instant>,
    /// The runtime in which this timer is set, and its key there. `None` before that.
    set: Option<(Weak<Executor>, Key)>,
    waited: Waited,
}

impl Timer {
    /// Waits for a duration from now, or for ever if no `Instant` is that late.
    pub fn after(duration: Duration) -> Self {
        Timer::new(Instant::now().checked_add(duration))
    }

    /// Waits until a point in time.
    pub fn at(deadline: Instant) -> Self {
        Timer::new(Some(deadline))
    }

    /// Waits for ever.
    pub fn never() -> Self {
        Timer::new(None)
    }

    /// Waits until a point in time, or for ever if there is none.
    pub(super) fn new(deadline: Option<Instant>) -> Self {
        Timer { deadline, set: None, waited: Waited::default() }
    }
}

impl Future for Timer {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if let Some((executor, key)) = &self.set
            && let Some(executor) = executor.upgrade()
            && executor.timers.renew(*key, cx.waker())
        {
            return Poll::Pending;
        }
        // The timer was not set yet, or it has fired, or its runtime has ended.
        if Instant::now() >= deadline {
            ready!(self.waited.poll_complete(cx));
            return Poll::Ready(deadline);
        }
        let executor = Executor::current();
        let executor = executor.expect("a timer needs a runtime: await it in `block_on`");
        let key = executor.timers.set(deadline, cx.waker());
        self.set = Some((Rc::downgrade(&executor), key));
        self.waited.set();
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((executor, key)) = self.set.take()
            && let Some(executor) = executor.upgrade()
        {
            executor.timers.cancel(key);
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Waits for a duration from now. This is [`Timer::after`] without its output.
///
/// # Panics
///
/// Panics when polled outside [`block_on`](crate::runtime::block_on).
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// # use std::time::Duration;
/// # step::runtime::block_on(async {
/// step::runtime::time::sleep(Duration::from_millis(1)).await;
/// # });
/// ```
pub fn sleep(duration: Duration) -> impl Future<Output = ()> {
    let timer = Timer::after(duration);
    async {
        timer.await;
    }
}

/// Runs a future for a limited time from now, and drops it if it is not ready by then.
///
/// # Errors
///
/// Returns [`TimedOut`] if the time runs out first. A future that is ready when it is
/// polled wins even if the time is up.
///
/// # Panics
///
/// Panics when polled outside [`block_on`](crate::runtime::block_on).
///
/// # Cancel safety
///
/// The same as for `future`, which is dropped when the time is over. Pass `&mut future`
/// to keep it.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::{future::pending, time::Duration};
/// use step::runtime::time::{TimedOut, timeout};
///
/// # step::runtime::block_on(async {
/// assert_eq!(timeout(Duration::from_secs(9), async { 1 }).await, Ok(1));
/// assert_eq!(timeout(Duration::from_millis(1), pending::<()>()).await, Err(TimedOut));
/// # });
/// ```
pub fn timeout<F: Future>(
    limit: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, TimedOut>> {
    limit_by(Timer::after(limit), future)
}

/// Runs a future until a timer fires. A future that is not ready by then is dropped.
pub(super) async fn limit_by<F: Future>(
    timer: Timer,
    future: F,
) -> Result<F::Output, TimedOut> {
    match select(pin!(future), timer).await {
        Either::Left(output) => Ok(output),
        Either::Right(_) => Err(TimedOut),
    }
}

/// The error of [`timeout`] and [`timeout_at`] if the time ran out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl Error for TimedOut {}

impl From<TimedOut> for io::Error {
    fn from(error: TimedOut) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, error)
    }
}
