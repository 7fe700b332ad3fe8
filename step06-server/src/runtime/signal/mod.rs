//! Signals: a future that completes when the process is asked to end.
//!
//! How a request arrives differs between systems, so each has a file: `unix.rs` for
//! SIGINT and SIGTERM, `windows.rs` for Ctrl-C and Ctrl-Break.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{fmt, future::poll_fn, io};

#[cfg(unix)]
use unix::Requests;
#[cfg(windows)]
use windows::Requests;

use super::budget::Waited;

/// Waits for requests to end the process: SIGINT or SIGTERM on Unix, Ctrl-C or Ctrl-Break
/// on Windows.
///
/// The first request completes [`requested`](Termination::requested) for every task that
/// awaits it, now or later. A second one ends the process at once, because a user who
/// asks twice does not want to wait.
///
/// On Windows, a request is for the whole process, so a `Termination` that is made after
/// the request completes at once. If the process is ended in another way, for example by
/// closing its console, Windows ends it before its tasks can finish.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::Duration;
/// use step::runtime::{block_on, signal::Termination, time::timeout};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let termination = Termination::new()?;
///     // … serve until …
///     let requested = timeout(Duration::from_millis(1), termination.requested()).await;
///     assert!(requested.is_err(), "no signal has arrived in this millisecond");
///     Ok(())
/// })
/// # }
/// ```
pub struct Termination {
    requests: Requests,
}

impl Termination {
    /// Installs handlers for requests to end the process. After this is dropped, requests
    /// are ignored, except that on Windows a second one still ends the process.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot open four more descriptors, or if
    /// it refuses the handlers.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    pub fn new() -> io::Result<Self> {
        Ok(Termination { requests: Requests::new()? })
    }

    /// Waits until a request has arrived. Returns at once if one has arrived already.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has ended, or if the connection between the
    /// handler and the reactor fails, which should never happen.
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe: a request is not forgotten.
    pub async fn requested(&self) -> io::Result<()> {
        self.requests.wait().await?;
        // After the first request, the line above returns at once, so use the budget.
        let mut waited = Waited::default();
        poll_fn(|cx| waited.poll_complete(cx)).await;
        Ok(())
    }
}

impl fmt::Debug for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Termination").finish_non_exhaustive()
    }
}
