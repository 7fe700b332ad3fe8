//! Futures that wait for a time to come.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    pin::{Pin, pin},
    rc::{Rc, Weak},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use crate::{
    executor::Executor,
    select::{Either, select},
    slab::Key,
};

/// Waits until a moment, and gives the deadline it waited for.
///
/// It is never early, and late by what the poller's millisecond and the tasks before it take. It begins to count when
/// it is made, not when it is first polled.
///
/// # Panics
///
/// When polled outside [`block_on`](crate::executor::block_on).
///
/// # Cancel safety
///
/// Dropping it cancels it; awaiting `&mut timer` may go on later.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::{Duration, Instant};
/// use step::{executor::block_on, time::Timer};
///
/// block_on(async {
///     let start = Instant::now();
///     Timer::after(Duration::from_millis(5)).await;
///     assert!(start.elapsed() >= Duration::from_millis(5));
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Timer {
    /// `None` never comes.
    deadline: Option<Instant>,
    /// Where it is set, once it was polled.
    set: Option<(Weak<Executor>, Key)>,
}

impl Timer {
    /// Waits for a duration from now. One too long for the clock to express never ends.
    pub fn after(duration: Duration) -> Self {
        Timer { deadline: Instant::now().checked_add(duration), set: None }
    }

    /// Waits until a moment. One that is past is ready at once, without letting other tasks run: that is what
    /// [`yield_now`](crate::yield_now::yield_now) is for.
    pub fn at(deadline: Instant) -> Self {
        Timer { deadline: Some(deadline), set: None }
    }

    /// Waits for ever.
    pub fn never() -> Self {
        Timer { deadline: None, set: None }
    }

    /// Takes the timer back from the runtime, if that still has it.
    fn cancel(&mut self) {
        if let Some((executor, key)) = self.set.take()
            && let Some(executor) = executor.upgrade()
        {
            executor.timers.cancel(key);
        }
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
        // It was not set yet; or it has fired; or the runtime that it was set in has ended.
        if Instant::now() >= deadline {
            return Poll::Ready(deadline);
        }
        let executor =
            Executor::current().expect("a timer needs a runtime: await it inside `block_on`");
        let key = executor.timers.set(deadline, cx.waker().clone());
        self.set = Some((Rc::downgrade(&executor), key));
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Waits for a duration from now. It is [`Timer::after`] without the output, and the same holds for it.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// # use std::time::Duration;
/// # step::executor::block_on(async {
/// step::time::sleep(Duration::from_millis(1)).await;
/// # });
/// ```
pub fn sleep(duration: Duration) -> impl Future<Output = ()> {
    let timer = Timer::after(duration);
    async {
        timer.await;
    }
}

/// Gives a future some time, counted from now, and drops it if it is not ready by then.
///
/// # Errors
///
/// [`TimedOut`] if the time came first. A future that is ready when it is polled wins even then.
///
/// # Cancel safety
///
/// As that of the future: it is dropped when the time has come. Pass `&mut future` to keep it.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::{future::pending, time::Duration};
/// use step::time::{TimedOut, timeout};
///
/// # step::executor::block_on(async {
/// assert_eq!(timeout(Duration::from_secs(9), async { 1 }).await, Ok(1));
/// assert_eq!(timeout(Duration::from_millis(1), pending::<()>()).await, Err(TimedOut));
/// # });
/// ```
pub fn timeout<F: Future>(
    limit: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, TimedOut>> {
    let timer = Timer::after(limit);
    async {
        match select(pin!(future), timer).await {
            Either::Left(output) => Ok(output),
            Either::Right(_) => Err(TimedOut),
        }
    }
}

/// The error of [`timeout`]: the time came first.
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

/// Ticks once a period; the first tick comes one period from now.
///
/// # Panics
///
/// If the period is zero.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::Duration;
///
/// # step::executor::block_on(async {
/// let mut beat = step::time::interval(Duration::from_millis(1));
/// let first = beat.tick().await;
/// assert!(beat.tick().await - first >= Duration::from_millis(1));
/// # });
/// ```
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period longer than zero");
    Interval { timer: Timer::after(period), period }
}

/// A beat that [`interval`] started.
#[derive(Debug)]
pub struct Interval {
    timer: Timer,
    period: Duration,
}

impl Interval {
    /// Waits for the next tick, and gives the moment it was due. Ticks stay a whole number of periods apart; those that
    /// were missed are left out.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the tick that was not waited for is the next one.
    pub async fn tick(&mut self) -> Instant {
        let due = (&mut self.timer).await;
        let now = Instant::now();
        let late = now.duration_since(due).as_nanos() % self.period.as_nanos();
        // Less than a period, so that it fits.
        let late = Duration::from_nanos(late as u64);
        self.timer = Timer { deadline: now.checked_add(self.period - late), set: None };
        due
    }
}
