//! The executor: runs a future, and every task that was spawned meanwhile, on the calling thread.

use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tracing::trace;

use crate::{
    slab::{Key, Slab},
    task::{Run, Shared, Task, drop_catching},
};

thread_local! {
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
/// # use step02_executor as step;
/// assert_eq!(step::executor::block_on(async { 42 }), 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let entered = Entered::new();
    let executor = &entered.executor;
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        trace!(task = %Key::MAIN, "poll");
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            trace!(task = %Key::MAIN, "ready");
            return output;
        }
        trace!(task = %Key::MAIN, "pending");
        executor.poll_everyone(&mut cx);
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
/// # use step02_executor as step;
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

/// The tasks of one `block_on`.
pub(crate) struct Executor {
    tasks: RefCell<Slab<Rc<dyn Run>>>,
}

impl Executor {
    fn new() -> Rc<Self> {
        Rc::new(Executor { tasks: RefCell::new(Slab::new()) })
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
        let shared = Rc::new(Shared::new(future));
        let key = self.tasks.borrow_mut().insert_with(|_| shared.clone());
        trace!(task = %key, "spawn");
        Task::new(shared, self, key)
    }

    /// Polls every task once.
    fn poll_everyone(&self, cx: &mut Context<'_>) {
        // The keys are copied, for a task may spawn or cancel others while it is polled.
        let keys: Vec<Key> = self.tasks.borrow().keys().collect();
        for key in keys {
            self.poll_task(key, cx);
        }
    }

    /// Polls one task, unless it is gone.
    fn poll_task(&self, key: Key, cx: &mut Context<'_>) {
        // No borrow outlives this line: the task may do anything with its executor while it is polled.
        let Some(task) = self.tasks.borrow().get(key).cloned() else {
            return;
        };
        trace!(task = %key, "poll");
        if task.run(cx).is_ready() {
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
