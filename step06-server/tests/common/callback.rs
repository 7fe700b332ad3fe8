//! A waker that runs code of the test, as any waker may.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use step::runtime::yield_now;

thread_local! {
    /// What `run_next` runs.
    static NEXT: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Sets what the next call of `run_next` on this thread runs.
pub fn set_next(work: impl FnOnce() + 'static) {
    NEXT.set(Some(Box::new(work)));
}

/// Runs what was set, once.
pub fn run_next() {
    if let Some(work) = NEXT.take() {
        work();
    }
}

/// Returns whether a function that was set has not run yet.
pub fn has_next() -> bool {
    NEXT.with_borrow(Option::is_some)
}

/// What the waker points to.
struct Callback {
    code: fn(),
    calls: Arc<AtomicUsize>,
}

/// Makes a waker that runs `code` when it is woken, and again when it is dropped. Returns
/// how often that was, and the waker.
pub fn callback_waker(code: fn()) -> (Arc<AtomicUsize>, Waker) {
    let calls = Arc::<AtomicUsize>::default();
    let waker = Waker::from(Arc::new(Callback { code, calls: calls.clone() }));
    (calls, waker)
}

impl Callback {
    fn call(&self) {
        (self.code)();
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for Callback {
    fn wake(self: Arc<Self>) {
        self.call();
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.call();
    }
}

/// Waits until a waker has been called this often.
pub async fn until(calls: &AtomicUsize, count: usize) {
    while calls.load(Ordering::SeqCst) < count {
        yield_now().await;
    }
}
