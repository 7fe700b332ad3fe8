//! A waker can run user code when it is cloned, woken and dropped, and that code can use
//! the runtime: nothing is borrowed meanwhile.
#![allow(unsafe_code)]

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    pin::Pin,
    ptr,
    rc::Rc,
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};

use step::runtime::{Task, spawn, yield_now};

use crate::common::{
    poll_once,
    tasks::{Drops, run, spawn_owner, turns},
};

/// What a waker is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Clone,
    Wake,
    Drop,
}

/// A call to a user waker, and the function to run when it comes.
type AtCall = Option<(Call, Box<dyn FnOnce()>)>;

thread_local! {
    static AT_CALL: RefCell<AtCall> = const { RefCell::new(None) };
}

/// Runs a function in the middle of the next call of this kind to a user waker.
fn at_next(call: Call, function: impl FnOnce() + 'static) {
    AT_CALL.set(Some((call, Box::new(function))));
}

/// Returns whether the function of the last `at_next` has run.
fn has_run() -> bool {
    AT_CALL.with_borrow(|at| at.is_none())
}

/// Runs the function of `at_next`, if this is the call that it waits for.
fn on(call: Call) {
    if let Some((_, function)) =
        AT_CALL.with_borrow_mut(|at| at.take_if(|(at, _)| *at == call))
    {
        function();
    }
}

static USER_WAKER: RawWakerVTable = RawWakerVTable::new(
    |number| {
        on(Call::Clone);
        RawWaker::new(number, &USER_WAKER)
    },
    |_| {
        on(Call::Wake);
        on(Call::Drop);
    },
    |_| on(Call::Wake),
    |_| on(Call::Drop),
);

/// Makes a waker that runs the function of `at_next`. Two wakers with different numbers
/// do not wake the same task.
fn user_waker(number: usize) -> Waker {
    let number = ptr::without_provenance(number);
    // SAFETY: The functions of the table never use the pointer, and they can be called on
    // any thread, because they use nothing but a thread-local.
    unsafe { Waker::from_raw(RawWaker::new(number, &USER_WAKER)) }
}

/// Polls a task once with the user waker that has this number.
fn poll_with<T>(number: usize, task: &mut Task<T>) -> Poll<T> {
    Pin::new(task).poll(&mut Context::from_waker(&user_waker(number)))
}

/// Makes a function that spawns one task, which sets the flag, and cancels another one.
fn use_the_runtime() -> (Rc<Cell<bool>>, impl FnOnce()) {
    let polled = Rc::new(Cell::new(false));
    let flag = polled.clone();
    let function = move || {
        spawn(async move { flag.set(true) }).detach();
        drop(spawn_owner(()));
    };
    (polled, function)
}

#[test]
fn cloning_the_waker_of_an_awaiter_can_use_the_runtime() {
    run(async {
        let mut task = spawn(async { 1 });
        let (polled, function) = use_the_runtime();
        at_next(Call::Clone, function);
        assert!(poll_with(1, &mut task).is_pending());
        assert!(has_run());
        turns().await;
        assert!(polled.get());
        assert_eq!(poll_once(&mut task), Poll::Ready(1));
    });
}

#[test]
fn dropping_the_replaced_waker_of_an_awaiter_can_use_the_runtime() {
    run(async {
        let mut task = spawn(async { 1 });
        assert!(poll_with(1, &mut task).is_pending());
        let second = user_waker(2);
        let (polled, function) = use_the_runtime();
        at_next(Call::Drop, function);
        let polled_again = Pin::new(&mut task).poll(&mut Context::from_waker(&second));
        assert!(polled_again.is_pending());
        assert!(has_run(), "the first waker was dropped");
        turns().await;
        assert!(polled.get());
        assert_eq!(poll_once(&mut task), Poll::Ready(1));
    });
}

#[test]
fn waking_an_awaiter_can_use_the_runtime_and_take_the_output() {
    run(async {
        let mut task = spawn(async {
            yield_now().await;
            1
        });
        assert!(poll_with(1, &mut task).is_pending());
        let (polled, function) = use_the_runtime();
        at_next(Call::Wake, move || {
            function();
            assert_eq!(poll_once(&mut task), Poll::Ready(1));
        });
        turns().await;
        assert!(has_run(), "the awaiter was woken");
        assert!(polled.get());
    });
}

#[test]
fn a_future_is_dropped_before_its_awaiter_is_woken() {
    run(async {
        let drops = Drops::default();
        let counter = drops.counter();
        // An `async` block would drop what it owns before it returns its output.
        let mut task = spawn(poll_fn(move |_| {
            let _owned_by_the_future = &counter;
            Poll::Ready(1)
        }));
        assert!(poll_with(1, &mut task).is_pending());
        at_next(Call::Wake, move || assert_eq!(drops.count(), 1));
        turns().await;
        assert!(has_run(), "the awaiter was woken");
        assert_eq!(task.await, 1);
    });
}

#[test]
fn waking_an_awaiter_can_drop_the_handle() {
    run(async {
        let mut task = spawn(async { Rc::new(()) });
        assert!(poll_with(1, &mut task).is_pending());
        at_next(Call::Wake, move || drop(task));
        turns().await;
        assert!(has_run(), "the awaiter was woken");
        assert_eq!(spawn(async { 2 }).await, 2);
    });
}

#[test]
fn dropping_the_waker_of_a_cancelled_tasks_awaiter_can_use_the_runtime() {
    run(async {
        let mut task = spawn(pending::<()>());
        assert!(poll_with(1, &mut task).is_pending());
        let (polled, function) = use_the_runtime();
        at_next(Call::Drop, function);
        drop(task);
        assert!(has_run(), "the waker was dropped");
        turns().await;
        assert!(polled.get());
    });
}

#[test]
fn a_waker_that_is_polled_again_is_neither_cloned_nor_dropped() {
    run(async {
        let mut task = spawn(pending::<()>());
        assert!(poll_with(1, &mut task).is_pending());
        let waker = user_waker(1);
        for call in [Call::Clone, Call::Drop] {
            at_next(call, || {});
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            assert!(!has_run(), "{call:?}");
        }
    });
}
