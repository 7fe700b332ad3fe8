//! Contains panics in code that the runtime calls, so that they do not harm other tasks.
//!
//! A future can panic when it is polled or dropped, and so can a waker and an output. By
//! the time a panic is caught here, the panic hook has printed it, so drop the panic.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Waker,
};

/// Calls `f`, and contains a panic in it.
pub(crate) fn contain(f: impl FnOnce()) {
    let mut result = catch_unwind(AssertUnwindSafe(f));
    // The value that a panic carries can panic when it is dropped, and so can the value
    // of that panic. After three such panics, leak the last value.
    for _ in 0..3 {
        let Err(panic) = result else { return };
        result = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    }
    mem::forget(result);
}

/// Drops a value, and contains a panic in its destructor.
pub(crate) fn drop_contained<T>(value: T) {
    contain(|| drop(value));
}

/// Calls all wakers, in order. If one panics, the ones after it are still called.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        contain(|| waker.wake());
    }
}
