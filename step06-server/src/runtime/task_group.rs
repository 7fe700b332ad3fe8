//! A task group: tasks that begin one by one, and are awaited or cancelled together. The
//! game's server keeps the tasks of its clients in a group.
//!
//! The group owns the handle of each member, so dropping the group cancels them. A member
//! that ends takes itself out of the group: its future owns a [`Membership`], which is
//! dropped with the future, no matter how the task ends.
//!
//! ```text
//! TaskGroup ──▶ Members ──▶ Task (handle) ──▶ the member's future ──▶ Membership
//!                  ▲                                                       │
//!                  └───────────────────────────────────────────────────────┘
//! ```

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{
    budget::Waited,
    executor::spawn,
    panics::wake_all,
    slab::{Key, Slab},
    task::Task,
    waiters::{Place, Waiters},
};

/// Tasks that can be awaited, or cancelled, all at once. None of them outlives the group,
/// because dropping the group cancels them.
///
/// A task that has ended leaves nothing behind in the group, so a server can spawn into
/// the same group for years.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::{cell::Cell, rc::Rc};
/// use step::runtime::{TaskGroup, block_on};
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
    /// The handles of the members. A handle is missing while its task is being spawned.
    tasks: RefCell<Slab<Option<Task<()>>>>,
    /// The tasks that wait for the last member to end.
    waiters: Waiters,
}

impl TaskGroup {
    /// Makes an empty group.
    pub fn new() -> Self {
        let tasks = RefCell::new(Slab::new());
        TaskGroup { members: Rc::new(Members { tasks, waiters: Waiters::default() }) }
    }

    /// Starts a task in the group. A panic in the task is reported on stderr, and ends
    /// only the task.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    #[track_caller]
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let key = self.members.tasks.borrow_mut().insert(None);
        let membership = Membership { members: self.members.clone(), key };
        let task = spawn(Member { future, _membership: membership });
        let mut tasks = self.members.tasks.borrow_mut();
        match tasks.get_mut(key) {
            Some(handle) => *handle = Some(task),
            None => {
                // A subscriber of the trace has cancelled the group during `spawn`.
                drop(tasks);
                drop(task);
            }
        }
    }

    /// Returns the number of tasks that have not ended.
    pub fn len(&self) -> usize {
        self.members.tasks.borrow().len()
    }

    /// Returns whether all tasks have ended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until all tasks have ended, including those that are spawned meanwhile.
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe, because it only waits.
    pub async fn join(&self) {
        let (place, waited) = (Place::default(), Waited::default());
        Join { members: &self.members, place, waited }.await;
    }

    /// Cancels all tasks. Their futures are dropped before this returns, except the
    /// future of a task that calls this, which is dropped at the end of its poll.
    pub fn cancel(&self) {
        loop {
            let tasks = self.members.tasks.borrow_mut().drain();
            if tasks.is_empty() {
                break;
            }
            // A future that is dropped may spawn into the group, so look again
            // afterwards.
            drop(tasks);
        }
        self.members.wake_if_empty();
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
    /// Wakes the tasks that wait for the last member to end, if there is no member left.
    fn wake_if_empty(&self) {
        if self.tasks.borrow().len() == 0 {
            let mut wakers = Vec::new();
            self.waiters.take_wakers(&mut wakers);
            wake_all(wakers);
        }
    }
}

/// The future of [`TaskGroup::join`].
struct Join<'a> {
    members: &'a Members,
    place: Place,
    waited: Waited,
}

impl Future for Join<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Join { members, place, waited } = &mut *self;
        let has_members = || members.tasks.borrow().len() > 0;
        if has_members() {
            members.waiters.wait(place, cx.waker());
            // `wait` can run user code, which may end the last member, so check again.
            if has_members() {
                waited.set();
                return Poll::Pending;
            }
        }
        ready!(waited.poll_complete(cx));
        Poll::Ready(())
    }
}

impl Drop for Join<'_> {
    fn drop(&mut self) {
        self.members.waiters.leave(&self.place);
    }
}

pin_project! {
    /// The future of a member. An `async` block around the member's future would store
    /// that future twice.
    struct Member<F> {
        #[pin]
        future: F,
        _membership: Membership,
    }
}

impl<F: Future<Output = ()>> Future for Member<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().future.poll(cx)
    }
}

/// A task's place in its group. It is dropped with the task's future.
struct Membership {
    members: Rc<Members>,
    key: Key,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let handle = self.members.tasks.borrow_mut().remove(self.key);
        // The task is ending already, so its handle must not cancel it as well.
        if let Some(task) = handle.flatten() {
            task.detach();
        }
        self.members.wake_if_empty();
    }
}
