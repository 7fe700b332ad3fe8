//! The model of one task.

use std::{collections::VecDeque, task::Waker};

use step::runtime::Task;

use super::acting::Output;

/// The state of a task.
#[derive(Default)]
pub struct Life {
    pub handle: Option<Task<Output>>,
    /// Whether the handle exists, here or in the middle of a call.
    pub held: bool,
    pub wakers: VecDeque<Waker>,
    /// Returns whether a poll is due.
    pub woken: bool,
    /// Whether another thread has woken the task, so that its turn can come later.
    pub woken_by_thread: bool,
    pub polling: bool,
    pub polls: usize,
    pub cancelled: bool,
    pub panicked: bool,
    /// Whether the last poll has returned the output.
    pub ready: bool,
    /// The same, once an awaiter can see it: when the future was dropped.
    pub ended: bool,
    /// The task that awaits this one.
    pub joiner: Option<usize>,
    pub dropped: usize,
    pub outputs_dropped: usize,
}

impl Life {
    /// Returns whether the task can still be polled.
    pub fn is_alive(&self) -> bool {
        !self.cancelled && !self.ready && self.dropped == 0
    }

    /// Whether a poll must come.
    pub fn is_due(&self) -> bool {
        self.is_alive() && self.woken
    }
}
