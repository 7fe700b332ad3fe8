//! Budgets: they make a task that never has to wait give up the thread now and then.
//!
//! A future can complete without waiting: a read from a socket that always has data, a
//! timer whose deadline has passed, a task that has already ended. A task that awaits
//! such futures in a loop would never return `Pending`, and no other task would run. So
//! each future that can do this has a budget. When the budget is used up, the future
//! wakes its own task, returns `Pending` once, and goes on in the next turn of the loop.
//!
//! | what completes | its budget | kept in |
//! | --- | --- | --- |
//! | system calls on a socket | [`CALLS`] for each direction and turn | `readiness.rs` |
//! | timers, handles, groups, signals | [`COMPLETIONS`] for each poll of a task | here |
//!
//! The budget belongs to the socket and not to the task, because a task that waits for
//! several sockets must not spend everything on the first one. For the same reason, a
//! future that has waited, even for one turn, needs no budget to complete.
//!
//! Futures from other crates have no budget. A loop over a channel that is never empty
//! should await [`yield_now`](crate::runtime::yield_now()) now and then.

use std::{
    cell::Cell,
    task::{Context, Poll},
};

use super::sync::per_thread;

/// How many system calls a socket may make for each direction in one turn of the loop.
pub(crate) const CALLS: u8 = 16;

/// How many futures may complete without waiting in one poll of a task.
const COMPLETIONS: u32 = 16;

per_thread! {
    /// The number of the current turn of the loop.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

per_thread! {
    /// How many futures may still complete without waiting in this poll.
    static LEFT: Cell<u32> = const { Cell::new(COMPLETIONS) };
}

/// Begins a turn of the loop. The executor calls this.
pub(crate) fn begin_turn() {
    TURN.with(|turn| turn.set(turn.get().wrapping_add(1)));
}

/// Returns the number of the current turn, which wraps around.
pub(crate) fn turn() -> u32 {
    TURN.with(Cell::get)
}

/// Begins the poll of a task, which gets its full budget. The executor calls this.
pub(crate) fn begin_poll() {
    LEFT.with(|left| left.set(COMPLETIONS));
}

/// Remembers whether a future has waited, that is, has returned `Pending`. Each future
/// that can complete without waiting owns one.
#[derive(Debug, Default)]
pub(crate) struct Waited(bool);

impl Waited {
    /// Remembers that the future returns `Pending`.
    pub(crate) fn set(&mut self) {
        self.0 = true;
    }

    /// Returns `Ready` if the future may complete now. Otherwise wakes its task, so that
    /// it may complete in the next turn.
    pub(crate) fn poll_complete(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.0 || spend() {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Takes one completion from the budget of this poll. Returns `false` if none is left.
fn spend() -> bool {
    LEFT.with(|left| match left.get().checked_sub(1) {
        Some(rest) => {
            left.set(rest);
            true
        }
        None => false,
    })
}
