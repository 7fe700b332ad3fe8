//! The drop queue: drops the futures of cancelled tasks in turn, and not one inside another.
//!
//! A future can own the handle of another task, whose future owns a third one, and so on.
//! If each was dropped from within the one before, a long chain would overflow the stack.
//! `task_state.rs` calls [`drop_in_turn`] when a task is cancelled.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use super::task_state::Run;

thread_local! {
    /// The cancelled tasks whose futures are yet to be dropped, while one is being dropped.
    static CANCELLED: RefCell<Option<VecDeque<Rc<dyn Run>>>> = const { RefCell::new(None) };
}

/// Drops the future of a cancelled task, and then those of the tasks that this cancels.
pub(crate) fn drop_in_turn(task: Rc<dyn Run>) {
    let is_first = CANCELLED.with_borrow_mut(|cancelled| match cancelled {
        Some(queue) => {
            queue.push_back(task.clone());
            false
        }
        None => {
            *cancelled = Some(VecDeque::new());
            true
        }
    });
    if is_first {
        let _rest = DropRest;
        task.drop_future();
        drop_rest();
    }
}

/// Drops the futures in the queue, and those that this adds to it.
fn drop_rest() {
    let next = || CANCELLED.with_borrow_mut(|queue| queue.as_mut()?.pop_front());
    while let Some(task) = next() {
        task.drop_future();
    }
}

/// Ends the drop queue. If a destructor has panicked, drops the futures behind it first.
struct DropRest;

impl Drop for DropRest {
    fn drop(&mut self) {
        drop_rest();
        CANCELLED.set(None);
    }
}
