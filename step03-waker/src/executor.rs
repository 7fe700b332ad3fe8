//! The executor: runs a future, and every task that was spawned meanwhile, on the calling thread.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use tracing::trace;

use crate::{
    slab::{Key, Slab},
    sync::{Thread, per_thread, thread},
    task::{Run, Shared, Task, drop_catching},
    waker::{Inbox, TaskWaker},
};

/// How many tasks are polled at most before the inbox is looked into again, so that a long queue cannot keep out
/// those that other threads have woken.
const BATCH: usize = 61;

per_thread! {
    /// The executor that is running on this thread, so that `spawn` needs no argument.
    static CURRENT: RefCell<Option<Rc<Executor>>> = const { RefCell::new(None) };
}

/// Runs a future to its end on the calling thread, and with it every task that is spawned meanwhile.
///
/// Tasks that are still alive when the future ends are cancelled before this returns.
///
/// # Panics
///
/// If this thread is inside `block_on` already: the outer one could do nothing until the inner one ends. And when the
/// future panics: the panic goes through, after all tasks were cancelled.
///
/// # Examples
///
/// ```
/// # use step03_waker as step;
/// assert_eq!(step::executor::block_on(async { 42 }), 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let entered = Entered::new();
    let executor = &entered.executor;
    let mut future = pin!(future);
    let wakeable = TaskWaker::new(Key::MAIN, executor.inbox.clone());
    let waker = Waker::from(wakeable.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        if wakeable.take_wake() {
            trace!(task = %Key::MAIN, "poll");
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                trace!(task = %Key::MAIN, "ready");
                return output;
            }
            trace!(task = %Key::MAIN, "pending");
        }
        executor.poll_woken();
        executor.wait(&wakeable);
    }
}

/// Starts a task that runs beside everything else on this thread's executor, and returns the handle to await it.
///
/// The future need not be [`Send`]: it never leaves this thread.
///
/// # Panics
///
/// Outside [`block_on`].
///
/// # Examples
///
/// ```
/// # use step03_waker as step;
/// use step::executor::{block_on, spawn};
///
/// block_on(async {
///     spawn(async { println!("on my own") }).detach();
///     assert_eq!(spawn(async { 2 }).await, 2);
/// });
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let executor = Executor::current().expect("`spawn` needs a runtime: call it inside `block_on`");
    executor.spawn(future)
}

/// What one `block_on` runs, and what it runs it with.
pub(crate) struct Executor {
    tasks: RefCell<Slab<Rc<dyn Run>>>,
    /// The tasks that were woken, the first one first.
    queue: RefCell<VecDeque<Key>>,
    /// Where wakes from other threads arrive.
    inbox: Arc<Inbox>,
}

impl Executor {
    fn new() -> Rc<Self> {
        let inbox = Arc::new(Inbox::new());
        inbox.set_unparker(Arc::new(Unparker(thread::current())).into());
        Rc::new(Executor {
            tasks: RefCell::new(Slab::new()),
            queue: RefCell::new(VecDeque::new()),
            inbox,
        })
    }

    /// The executor that is running on this thread, if one is.
    pub(crate) fn current() -> Option<Rc<Self>> {
        // While the thread ends, its thread-locals are gone, but destructors may still ask.
        CURRENT.try_with(|current| current.borrow().clone()).ok()?
    }

    fn spawn<F>(self: &Rc<Self>, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut shared = None;
        let key = self.tasks.borrow_mut().insert_with(|key| {
            let wakeable = TaskWaker::new(key, self.inbox.clone());
            shared.insert(Rc::new(Shared::new(future, wakeable))).clone()
        });
        self.queue.borrow_mut().push_back(key);
        trace!(task = %key, "spawn");
        Task::new(shared.expect("was just made"), self, key)
    }

    /// Puts a woken task at the end of the run queue of this thread's executor, if `inbox` is its inbox. Makes no
    /// system call.
    pub(crate) fn enqueue(key: Key, inbox: &Arc<Inbox>) -> bool {
        let enqueue = |current: &RefCell<Option<Rc<Executor>>>| match &*current.borrow() {
            Some(executor) if Arc::ptr_eq(&executor.inbox, inbox) => {
                // The main future is not in the queue: its own flag says that it is to be polled.
                if key != Key::MAIN {
                    executor.queue.borrow_mut().push_back(key);
                }
                true
            }
            _ => false,
        };
        CURRENT.try_with(enqueue).unwrap_or(false)
    }

    /// Polls the tasks that are woken now, first in, first out, up to a whole batch. Who is woken meanwhile waits for
    /// the next turn of the loop, so that a task that wakes itself keeps out nobody.
    fn poll_woken(&self) {
        let due = self.queue.borrow().len();
        for _ in 0..due.min(BATCH) {
            let key = self.queue.borrow_mut().pop_front();
            self.poll_task(key.expect("as many as were counted"));
        }
    }

    /// Collects the wakes from other threads. Waits for one if there is nothing else to do.
    fn wait(&self, main: &TaskWaker) {
        let idle = || !main.is_woken() && self.queue.borrow().is_empty();
        if idle() {
            // Said before anything is decided: whoever is told may wake tasks, or park and use up an unpark.
            trace!("park");
        }
        if idle() && self.inbox.prepare_to_park() {
            thread::park();
        }
        self.inbox.collect(&mut self.queue.borrow_mut());
    }

    /// Polls one task, unless it is gone.
    fn poll_task(&self, key: Key) {
        // A stale wake, of a task that has ended, finds nothing; nor does one of the main future from another thread,
        // which has done its work by arriving.
        // No borrow outlives this line: the task may do anything with its executor while it is polled.
        let Some(task) = self.tasks.borrow().get(key).cloned() else {
            return;
        };
        trace!(task = %key, "poll");
        if task.run().is_ready() {
            trace!(task = %key, "ready");
            let removed = self.tasks.borrow_mut().remove(key);
            // The output of a detached task ends here, and it may panic.
            drop_catching((removed, task));
        } else {
            trace!(task = %key, "pending");
        }
    }

    /// Drops a task's future, unless the task is gone.
    pub(crate) fn cancel(&self, key: Key) {
        let task = self.tasks.borrow_mut().remove(key);
        if let Some(task) = task {
            trace!(task = %key, "cancel");
            task.cancel();
        }
    }
}

/// Ends the parking of a thread. If it has not parked yet, its next attempt returns at once.
struct Unparker(Thread);

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Makes an executor this thread's current one for as long as it lives. Its end is the end of all tasks.
struct Entered {
    executor: Rc<Executor>,
}

impl Entered {
    #[track_caller]
    fn new() -> Self {
        assert!(
            Executor::current().is_none(),
            "`block_on` inside `block_on`: await the future instead"
        );
        let executor = Executor::new();
        CURRENT.with(|current| current.replace(Some(executor.clone())));
        Entered { executor }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // A future that is dropped may spawn, so this goes on until nothing is left.
        loop {
            let keys: Vec<Key> = self.executor.tasks.borrow().keys().collect();
            if keys.is_empty() {
                break;
            }
            for key in keys {
                self.executor.cancel(key);
            }
        }
        CURRENT.with(|current| current.take());
    }
}
