//! The executor: runs a future, and every task that was spawned meanwhile, on the calling thread.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tracing::trace;

use crate::{
    reactor::Reactor,
    slab::{Key, Slab},
    sync::per_thread,
    task::{Run, Shared, Task, drop_catching},
    timers::Timers,
    waker::{Inbox, TaskWaker},
};

/// How many tasks are polled at most before the poller is asked and the inbox looked into again, so that a long queue
/// cannot keep out those that sockets and other threads have woken.
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
/// future panics: the panic goes through, after all tasks were cancelled. And when the operating system has no room for
/// the poller that an idle thread waits in.
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
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
/// # use step05_timers as step;
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
    /// What waits for the sockets.
    pub(crate) reactor: Reactor,
    /// What waits for the time to come.
    pub(crate) timers: Timers,
}

impl Executor {
    fn new() -> Rc<Self> {
        let inbox = Arc::new(Inbox::new());
        Rc::new(Executor {
            tasks: RefCell::new(Slab::new()),
            queue: RefCell::new(VecDeque::new()),
            reactor: Reactor::new(inbox.clone()),
            timers: Timers::new(),
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

    /// Asks the poller which sockets are ready, the clock which timers are due, and the inbox for wakes from other
    /// threads. Waits for the first of them if there is nothing else to do.
    fn wait(&self, main: &TaskWaker) {
        let idle = || !main.is_woken() && self.queue.borrow().is_empty();
        if idle() {
            // Said before anything is decided: whoever is told may wake tasks and set timers.
            trace!(limit = ?self.timers.limit(), "park");
        }
        let limit = if idle() { self.timers.limit() } else { None };
        self.reactor.wait(idle(), limit);
        self.timers.fire();
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
