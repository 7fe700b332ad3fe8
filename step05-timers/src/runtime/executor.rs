//! The executor: runs a future and all tasks that are spawned meanwhile, on one thread.
//!
//! `block_on` is where a program enters the runtime. It polls only woken futures. If no
//! future is woken, the thread waits in the poller for a ready socket or a due timer.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tracing::trace;

use super::{
    inbox::Inbox,
    reactor::Reactor,
    slab::Slab,
    sync::per_thread,
    task::Task,
    task_state::{Run, Shared, TaskId},
    timers::Timers,
    waker::TaskWaker,
};

per_thread! {
    /// The executor that runs on this thread, so that `spawn` needs no argument.
    static CURRENT: RefCell<Option<Rc<Executor>>> = const { RefCell::new(None) };
}

/// Runs a future to completion on this thread, together with every task spawned
/// meanwhile.
///
/// Tasks that are still running then are cancelled before this function returns.
///
/// # Panics
///
/// Panics if this thread is inside `block_on` already, because the outer call could do
/// nothing until the inner one returns, or if the operating system cannot make a poller.
/// If the future or a task panics, all tasks are cancelled and the panic passes through.
/// If a destructor panics while this function cancels tasks, its thread cannot call
/// `block_on` again.
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
/// assert_eq!(step::runtime::block_on(async { 42 }), 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let entered = Entered::new();
    let executor = entered.executor.as_ref().expect("it is there until the end");
    let mut future = pin!(future);
    let main = TaskWaker::new(TaskId::MAIN, executor.inbox.clone());
    let waker = Waker::from(main.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        // One turn of this loop has four parts:
        //
        // 1. Poll the main future, if it was woken.
        // 2. Poll the tasks that are in the run queue by now, in that order.
        // 3. Wait in the poller until the next deadline, and wake the tasks whose sockets
        //    are ready. If a wake is pending already, only check for events and go on.
        // 4. Fire the timers that are due, and queue what other threads have woken.
        //
        // A wake on this thread goes straight into the run queue, so part 3 sees it. A
        // wake on another thread goes into the inbox, and unparks this thread.
        if main.take_wake() {
            trace!(task = %TaskId::MAIN, "poll");
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                trace!(task = %TaskId::MAIN, "ready");
                return output;
            }
            trace!(task = %TaskId::MAIN, "pending");
        }
        executor.poll_woken();
        executor.wait(&main);
        executor.timers.fire();
        executor.inbox.collect(&mut executor.queue.borrow_mut());
    }
}

/// Starts a task: a future that runs concurrently with all others on this thread.
///
/// The future need not be [`Send`], because it never leaves the thread.
///
/// # Panics
///
/// Panics outside [`block_on`].
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
/// use step::runtime::{block_on, spawn};
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
    let executor = Executor::current();
    executor.expect("`spawn` needs a runtime: call it inside `block_on`").spawn(future)
}

/// The tasks of one `block_on`.
pub(crate) struct Executor {
    tasks: RefCell<Slab<Rc<dyn Run>>>,
    /// The run queue: the tasks that were woken, in the order of their wakes.
    queue: RefCell<VecDeque<TaskId>>,
    /// Receives the wakes from other threads.
    inbox: Arc<Inbox>,
    /// The sockets, and the poller that the thread waits in.
    pub(crate) reactor: Reactor,
    pub(crate) timers: Timers,
}

impl Executor {
    fn new() -> Rc<Self> {
        let (reactor, unparker) = Reactor::new().expect("cannot make a poller");
        Rc::new(Executor {
            tasks: RefCell::new(Slab::new()),
            queue: RefCell::new(VecDeque::new()),
            inbox: Arc::new(Inbox::new(unparker)),
            reactor,
            timers: Timers::new(),
        })
    }

    /// Returns the executor that runs on this thread, if there is one.
    pub(crate) fn current() -> Option<Rc<Self>> {
        // A destructor can call this while the thread ends, when its thread-locals are
        // gone.
        CURRENT.try_with(|current| current.borrow().clone()).ok()?
    }

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let id = TaskId(self.tasks.borrow().next_key());
        let task = Shared::new(TaskWaker::new(id, self.inbox.clone()), future);
        self.tasks.borrow_mut().insert(task.clone());
        self.queue.borrow_mut().push_back(id);
        trace!(task = %id, "spawn");
        Task::new(task)
    }

    /// If the executor of this thread owns `inbox`, puts the woken task at the end of its
    /// run queue. Returns whether it does.
    pub(crate) fn enqueue(id: TaskId, inbox: &Arc<Inbox>) -> bool {
        let enqueue = |current: &RefCell<Option<Rc<Executor>>>| match &*current.borrow() {
            Some(executor) if Arc::ptr_eq(&executor.inbox, inbox) => {
                // The main future is never queued: its flag shows when a poll is due.
                if id != TaskId::MAIN {
                    executor.queue.borrow_mut().push_back(id);
                }
                true
            }
            _ => false,
        };
        CURRENT.try_with(enqueue).unwrap_or(false)
    }

    /// Polls the tasks that are queued now. Tasks that are queued during this call wait
    /// for the next turn, so a task that wakes itself does not keep the others waiting.
    fn poll_woken(&self) {
        let count = self.queue.borrow().len();
        for _ in 0..count {
            // Each borrow ends on its own line, because a polled task may spawn another.
            let Some(id) = self.queue.borrow_mut().pop_front() else { return };
            // A stale wake names a task that has ended, and is ignored. So is a wake of
            // the main future from another thread, because it only had to end the wait.
            let Some(task) = self.tasks.borrow().get(id.0).cloned() else { continue };
            if task.run().is_ready() {
                let ended = self.tasks.borrow_mut().remove(id.0);
                drop((ended, task));
            }
        }
    }

    /// Waits until a socket is ready, the next timer is due, or another thread sends a
    /// wake. If a wake is pending already, this only checks for events.
    fn wait(&self, main: &TaskWaker) {
        let idle = || !main.is_woken() && self.queue.borrow().is_empty();
        if idle() {
            // A subscriber of the trace can wake a task, so decide after this line.
            trace!(limit = ?self.timers.until_next(), "park");
        }
        let park = idle() && self.inbox.prepare_to_park();
        let limit = if park { self.timers.until_next() } else { Some(Duration::ZERO) };
        self.reactor.wait(limit);
    }
}

/// Makes an executor the current one of this thread. Dropping this value, at the end of
/// `block_on`, cancels all tasks.
struct Entered {
    executor: Option<Rc<Executor>>,
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
        Entered { executor: Some(executor) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Some(executor) = self.executor.take() else { return };
        let mut waiters = Vec::new();
        // A future that is dropped may spawn a task, so go on until none is left.
        loop {
            let tasks = executor.tasks.borrow_mut().drain();
            if tasks.is_empty() {
                break;
            }
            waiters.extend(tasks.into_iter().filter_map(|task| task.cancel()));
        }
        waiters.extend(executor.reactor.take_waiters());
        waiters.extend(executor.timers.take_waiters());
        CURRENT.with(RefCell::take);
        executor.inbox.close();
        drop(executor);
        // A future that was polled in here can outlive this runtime, and wait for one of
        // its tasks, sockets or timers. Wake it, so that it notices that they are gone.
        for waiter in waiters {
            waiter.wake();
        }
    }
}
