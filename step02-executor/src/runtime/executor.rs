//! The executor: runs a future and all tasks that are spawned meanwhile, on one thread.
//!
//! `block_on` is where a program enters the runtime. It polls everything over and over,
//! without asking whether a future can make progress. That is simple, but it keeps a core
//! busy. Step 03 changes this.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tracing::trace;

use super::{
    task::Task,
    task_state::{Run, Shared},
};

thread_local! {
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
/// nothing until the inner one returns. If the future or a task panics, all tasks are
/// cancelled and the panic passes through. If a destructor panics while this function
/// cancels tasks, its thread cannot call `block_on` again.
///
/// # Examples
///
/// ```
/// # use step02_executor as step;
/// assert_eq!(step::runtime::block_on(async { 42 }), 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let entered = Entered::new();
    let mut future = pin!(future);
    // Every future is polled again in the next round, so no waker has anything to do.
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        // One round of this loop has two parts:
        //
        // 1. Poll the main future.
        trace!(task = %"main", "poll");
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            trace!(task = %"main", "ready");
            return output;
        }
        trace!(task = %"main", "pending");
        // 2. Poll each task that was there when the round began.
        entered.executor.poll_tasks(&mut cx);
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
/// # use step02_executor as step;
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
struct Executor {
    /// The tasks, in the order in which they are polled.
    tasks: RefCell<VecDeque<Rc<dyn Run>>>,
    /// The task that is being polled, which is not in the list meanwhile.
    polled: RefCell<Option<Rc<dyn Run>>>,
    /// How many tasks have been spawned so far.
    spawned: Cell<u64>,
}

impl Executor {
    fn new() -> Rc<Self> {
        Rc::new(Executor {
            tasks: RefCell::new(VecDeque::new()),
            polled: RefCell::new(None),
            spawned: Cell::new(0),
        })
    }

    /// Returns the executor that runs on this thread, if there is one.
    fn current() -> Option<Rc<Self>> {
        // A destructor can call this while the thread ends, when its thread-locals are
        // gone.
        CURRENT.try_with(|current| current.borrow().clone()).ok()?
    }

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let id = self.spawned.get() + 1;
        self.spawned.set(id);
        let task = Shared::new(id, future);
        self.tasks.borrow_mut().push_back(task.clone());
        trace!(task = id, "spawn");
        Task::new(task)
    }

    /// Polls each task once, and forgets those that have ended.
    fn poll_tasks(&self, cx: &mut Context<'_>) {
        // A task that is spawned meanwhile goes to the end, and waits for the next round.
        let count = self.tasks.borrow().len();
        for _ in 0..count {
            // Each borrow ends on its own line, because a polled task may spawn another.
            let Some(task) = self.tasks.borrow_mut().pop_front() else { return };
            self.polled.replace(Some(task.clone()));
            let polled = task.run(cx);
            self.polled.take();
            if polled.is_pending() {
                self.tasks.borrow_mut().push_back(task);
            }
        }
    }

    /// Takes one of the tasks, if any is left.
    fn take_task(&self) -> Option<Rc<dyn Run>> {
        self.polled.take().or_else(|| self.tasks.borrow_mut().pop_front())
    }
}

/// Makes an executor the current one of this thread. Dropping this value, at the end of
/// `block_on`, cancels all tasks.
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
        CURRENT.set(Some(executor.clone()));
        Entered { executor }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // A future that is dropped may spawn a task, so go on until none is left.
        let mut awaiters = Vec::new();
        while let Some(task) = self.executor.take_task() {
            awaiters.extend(task.cancel());
        }
        CURRENT.set(None);
        // A future that was polled in here can outlive this runtime, and await a task
        // that is now cancelled. Wake it, so that it notices.
        for awaiter in awaiters {
            awaiter.wake();
        }
    }
}
