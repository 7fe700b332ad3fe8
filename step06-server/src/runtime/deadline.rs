//! Sleeps and time limits that are given as a point in time, not as a duration. Several
//! futures can share one deadline, and a loop need not compute how much time is left.

use std::{future::Future, time::Instant};

use super::time::{TimedOut, Timer, limit_by};

/// Waits until a point in time. This is [`Timer::at`] without its output.
///
/// Never completes early. Completes at its first poll if the point in time has passed.
/// May complete late, as a [`Timer`] does.
///
/// # Panics
///
/// Panics when polled outside [`block_on`](crate::runtime::block_on).
///
/// # Cancel safety
///
/// Dropping the future cancels the wait.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::{Duration, Instant};
/// use step::runtime::{block_on, time::sleep_until};
///
/// block_on(async {
///     let deadline = Instant::now() + Duration::from_millis(1);
///     sleep_until(deadline).await;
///     assert!(Instant::now() >= deadline);
/// });
/// ```
pub fn sleep_until(deadline: Instant) -> impl Future<Output = ()> {
    let timer = Timer::at(deadline);
    async {
        timer.await;
    }
}

/// Runs a future until a deadline, and drops it if it is not ready by then. This is
/// [`timeout`](super::time::timeout) with a point in time, which several futures can
/// share.
///
/// # Errors
///
/// Returns [`TimedOut`] if the deadline comes first. A future that is ready when it is
/// polled wins even if the time is up.
///
/// # Panics
///
/// Panics when polled outside [`block_on`](crate::runtime::block_on).
///
/// # Cancel safety
///
/// The same as for `future`. The deadline drops `future`; pass `&mut future` to keep it.
///
/// # Examples
///
/// Both steps together may take one second:
///
/// ```
/// # use step06_server as step;
/// use std::time::{Duration, Instant};
/// use step::runtime::{block_on, time::{TimedOut, timeout_at}};
/// # async fn connect() -> u8 { 1 }
/// # async fn request(_: u8) -> u8 { 2 }
///
/// # fn main() -> Result<(), TimedOut> {
/// block_on(async {
///     let deadline = Instant::now() + Duration::from_secs(1);
///     let connection = timeout_at(deadline, connect()).await?;
///     assert_eq!(timeout_at(deadline, request(connection)).await?, 2);
///     Ok(())
/// })
/// # }
/// ```
pub fn timeout_at<F: Future>(
    deadline: Instant,
    future: F,
) -> impl Future<Output = Result<F::Output, TimedOut>> {
    limit_by(Timer::at(deadline), future)
}
