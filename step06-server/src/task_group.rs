//! A group of tasks that begin one by one and end together.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    executor::spawn,
    slab::{Key, Slab},
    task::Task,
};

/// Tasks that can be awaited, or cancelled, all at once. None of them outlives the group: dropping it cancels them.
///
/// A task that has ended leaves nothing behind in the group, so that a server may spawn into one for years.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::{cell::Cell, rc::Rc};
/// use step::{executor::block_on, task_group::TaskGroup};
///
/// block_on(async {
///     let group = TaskGroup::new();
///     let sum = Rc::new(Cell::new(0));
///     for n in 1..=4 {
///         let sum = sum.clone();
///         group.spawn(async move { sum.set(sum.get() + n) });
///     }
///     group.join().await;
///     assert_eq!(sum.get(), 10);
/// });
/// ```
pub struct TaskGroup {
    members: Rc<Members>,
}

struct Members {
    /// A place is `None` only while its task is being spawned.
    tasks: RefCell<Slab<Option<Task<()>>>>,
    /// Who waits for the last one to end.
    waiting: RefCell<Slab<Waker>>,
}

impl TaskGroup {
    /// Makes a group without tasks.
    pub fn new() -> Self {
        let tasks = RefCell::new(Slab::new());
        TaskGroup { members: Rc::new(Members { tasks, waiting: RefCell::new(Slab::new()) }) }
    }

    /// Starts a task in the group. If it panics, that is reported on stderr and ends only this task.
    ///
    /// # Panics
    ///
    /// Outside [`block_on`](crate::executor::block_on).
    #[track_caller]
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let members = self.members.clone();
        let key = members.tasks.borrow_mut().insert_with(|_| None);
        // Whatever ends the task, it drops this on the way.
        let member = Member { future, _place: Place { members, key } };
        let task = spawn(member);
        let mut tasks = self.members.tasks.borrow_mut();
        *tasks.get_mut(key).expect("the task has not run yet") = Some(task);
    }

    /// How many tasks have not ended.
    pub fn len(&self) -> usize {
        self.members.tasks.borrow().len()
    }

    /// Whether all tasks have ended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until all tasks have ended, those too that are spawned meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it only waits.
    pub async fn join(&self) {
        Join { members: &self.members, place: None }.await;
    }

    /// Cancels all tasks: their futures are dropped before this returns, but for that of a task that calls this.
    pub fn cancel(&self) {
        loop {
            let keys: Vec<Key> = self.members.tasks.borrow().keys().collect();
            if keys.is_empty() {
                return;
            }
            for key in keys {
                self.members.leave(key, drop);
            }
        }
    }
}

impl Default for TaskGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TaskGroup {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl fmt::Debug for TaskGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").field("len", &self.len()).finish()
    }
}

impl Members {
    /// Takes a task out of the group, if it is still in, and does something about it. If it was the last one, those who
    /// wait for that are woken.
    fn leave(&self, key: Key, farewell: impl FnOnce(Task<()>)) {
        let task = self.tasks.borrow_mut().remove(key).flatten();
        task.map(farewell);
        while self.tasks.borrow().len() == 0 {
            let mut waiting = self.waiting.borrow_mut();
            let key = waiting.keys().next();
            let Some(waker) = key.and_then(|key| waiting.remove(key)) else {
                return;
            };
            drop(waiting);
            waker.wake();
        }
    }
}

/// The future of [`TaskGroup::join`].
struct Join<'a> {
    members: &'a Members,
    /// Where its waker is, once it was polled.
    place: Option<Key>,
}

impl Future for Join<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.members.tasks.borrow().len() == 0 {
            return Poll::Ready(());
        }
        let mut waker = cx.waker().clone();
        let mut waiting = self.members.waiting.borrow_mut();
        match self.place.and_then(|key| waiting.get_mut(key)) {
            Some(before) => mem::swap(before, &mut waker),
            None => {
                let key = waiting.insert_with(|_| waker);
                drop(waiting);
                self.place = Some(key);
            }
        }
        Poll::Pending
    }
}

impl Drop for Join<'_> {
    fn drop(&mut self) {
        let waker = self.place.and_then(|key| self.members.waiting.borrow_mut().remove(key));
        drop(waker);
    }
}

pin_project! {
    /// The future of a task in a group. An `async` block around the future would take its space twice.
    struct Member<F> {
        #[pin]
        future: F,
        _place: Place,
    }
}

impl<F: Future<Output = ()>> Future for Member<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().future.poll(cx)
    }
}

/// A task's place in its group. Dropping it gives the place up.
struct Place {
    members: Rc<Members>,
    key: Key,
}

impl Drop for Place {
    fn drop(&mut self) {
        // The task is ending already, however it came to that: its handle must not cancel it once more.
        self.members.leave(self.key, Task::detach);
    }
}
