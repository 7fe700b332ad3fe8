//! Ctrl-C and Ctrl-Break.
//!
//! Windows runs a handler on a thread of its own, where it may do what any thread may do.
//! So the waiting tasks store their wakers, and the handler calls them. There is one
//! handler for the whole process.

use std::{
    future::poll_fn,
    io, mem, process,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Poll, Waker},
};

/// The requests to end this process.
static STATE: Mutex<State> = Mutex::new(State { arrived: false, wakers: Vec::new() });

/// The exit status of a process that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

struct State {
    /// Whether a request has arrived.
    arrived: bool,
    /// The wakers of the tasks that wait for a request.
    wakers: Vec<Waker>,
}

/// The requests to end the process.
pub(super) struct Requests(());

impl Requests {
    pub(super) fn new() -> io::Result<Self> {
        // `ctrlc` accepts only one handler for each process.
        static HANDLER: OnceLock<Result<(), String>> = OnceLock::new();
        let set =
            || ctrlc::try_set_handler(on_request).map_err(|error| error.to_string());
        HANDLER.get_or_init(set).clone().map_err(io::Error::other)?;
        Ok(Requests(()))
    }

    pub(super) async fn wait(&self) -> io::Result<()> {
        poll_fn(|cx| {
            // A waker can run user code when it is cloned, so clone it before the lock.
            let waker = cx.waker().clone();
            let mut state = lock();
            if state.arrived {
                return Poll::Ready(Ok(()));
            }
            if !state.wakers.iter().any(|other| other.will_wake(&waker)) {
                state.wakers.push(waker);
            }
            Poll::Pending
        })
        .await
    }
}

/// The handler: wakes all tasks that wait, or ends the process at the second request.
fn on_request() {
    let mut state = lock();
    if mem::replace(&mut state.arrived, true) {
        process::exit(INTERRUPTED);
    }
    let wakers = mem::take(&mut state.wakers);
    drop(state);
    wakers.into_iter().for_each(Waker::wake);
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
