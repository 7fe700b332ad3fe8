//! The drop queue: drops cancelled tasks in turn, and not one inside another.
//!
//! A future can own the handle of another task, whose future owns a third one, and so on.
//! The same is true of outputs. If each was dropped inside the drop of another, a long
//! chain would overflow the stack. `task_state.rs` calls [`drop_in_turn`] instead.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use super::task_state::Run;

thread_local! {
    /// The tasks that are yet to be dropped, while one is being dropped.
    static QUEUE: RefCell<Option<VecDeque<Rc<dyn Run>>>> = const { RefCell::new(None) };
}

/// Drops the future of a task and the task itself, and then those that this cancels.
pub(crate) fn drop_in_turn(task: Rc<dyn Run>) {
    let is_first = QUEUE.with_borrow_mut(|queue| match queue {
        Some(queue) => {
            queue.push_back(task.clone());
            false
        }
        None => {
            *queue = Some(VecDeque::new());
            true
        }
    });
    if is_first {
        let _rest = DropRest;
        task.drop_future();
        drop(task);
        drop_rest();
    }
}

/// Drops the tasks in the queue, and those that this adds to it.
fn drop_rest() {
    let next = || QUEUE.with_borrow_mut(|queue| queue.as_mut()?.pop_front());
    while let Some(task) = next() {
        task.drop_future();
        drop(task);
    }
}

/// Ends the drop queue. If a destructor has panicked, drops the tasks behind it first.
struct DropRest;

impl Drop for DropRest {
    fn drop(&mut self) {
        drop_rest();
        QUEUE.set(None);
    }
}
