//! For tests of tasks: a runtime with a deadline, and destructors that do something.

use std::{
    any::Any,
    cell::Cell,
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use step::runtime::{Task, block_on, spawn, yield_now};

use super::within_deadline;

/// Runs a future with `block_on`, and aborts the process if that does not return in time.
pub fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Gives every other task a few polls.
pub async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

/// Calls a function when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// Counts the drops of everything that `counter` has made.
#[derive(Clone, Default)]
pub struct Drops(Rc<Cell<usize>>);

impl Drops {
    /// Makes a value that counts its drop.
    pub fn counter(&self) -> OnDrop<impl FnMut() + use<>> {
        let drops = self.0.clone();
        OnDrop(move || drops.set(drops.get() + 1))
    }

    /// Returns how many values were dropped.
    pub fn count(&self) -> usize {
        self.0.get()
    }
}

/// Spawns a task that never finishes. Its future owns `value`.
pub fn spawn_owner<T: 'static>(value: T) -> Task<()> {
    spawn(async { (value, pending::<()>().await).1 })
}

/// Calls a function that must panic, and returns what the panic carries.
pub fn catch<T>(function: impl FnOnce() -> T) -> Box<dyn Any + Send> {
    match catch_unwind(AssertUnwindSafe(function)) {
        Ok(_) => panic!("the function returned, but it should have panicked"),
        Err(payload) => payload,
    }
}

/// Calls a function that must panic, and returns the message of the panic.
pub fn panic_message<T>(function: impl FnOnce() -> T) -> String {
    match catch(function).downcast::<&str>() {
        Ok(text) => (*text).to_owned(),
        Err(payload) => *payload.downcast::<String>().expect("the panic has a message"),
    }
}
