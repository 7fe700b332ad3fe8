//! A place for one waker. Tasks use it: the awaiter of a task leaves its waker in one.
//!
//! **A waker can run user code.** Cloning, waking and dropping a waker each call a
//! function of the code that built it. That function may use the runtime: it may spawn,
//! wake or cancel. A `RefCell` that is borrowed at that moment would panic. So the waker
//! is in a `Cell`: it can only be moved in and out, and nothing is borrowed while user
//! code runs.

use std::{cell::Cell, fmt, task::Waker};

/// A place for one waker.
#[derive(Default)]
pub(crate) struct WakerSlot {
    waker: Cell<Option<Waker>>,
}

impl WakerSlot {
    /// Stores a clone of `waker` in place of the previous one.
    ///
    /// Cloning or dropping a waker can run user code, which may do the very thing that
    /// the caller is about to wait for. So call this first, and only then check whether
    /// that thing has happened.
    pub(crate) fn set(&self, waker: &Waker) {
        let before = self.waker.take();
        if before.as_ref().is_some_and(|before| before.will_wake(waker)) {
            self.waker.set(before);
            return;
        }
        let replaced = self.waker.replace(Some(waker.clone()));
        drop((before, replaced));
    }

    /// Takes the waker out, if there is one.
    pub(crate) fn take(&self) -> Option<Waker> {
        self.waker.take()
    }

    /// Calls the waker, if there is one, and leaves the slot empty.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl fmt::Debug for WakerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakerSlot").finish_non_exhaustive()
    }
}
