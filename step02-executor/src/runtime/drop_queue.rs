//! The drop queue: drops cancelled tasks one after the other, not one inside another.
//!
//! A future can own the handle of another task, whose future owns a third handle, and so
//! on. The same is true of outputs. If each were dropped inside the drop of another, a
//! long chain would overflow the stack. So `task_state.rs` calls [`drop_in_turn`].

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use super::task_state::Run;

thread_local! {
    /// While a task is being dropped, the tasks to drop after it. Otherwise `None`.
    static QUEUE: RefCell<Option<VecDeque<Rc<dyn Run>>>> = const { RefCell::new(None) };
}

/// Drops the future of a task, the task itself, and then the tasks that this cancels.
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

/// Drops the tasks in the queue, and the tasks that this adds to it.
fn drop_rest() {
    let next = || QUEUE.with_borrow_mut(|queue| queue.as_mut()?.pop_front());
    while let Some(task) = next() {
        task.drop_future();
        drop(task);
    }
}

/// Ends the drop queue. If a destructor has panicked, drops the tasks that are left.
struct DropRest;

impl Drop for DropRest {
    fn drop(&mut self) {
        drop_rest();
        QUEUE.set(None);
    }
}
