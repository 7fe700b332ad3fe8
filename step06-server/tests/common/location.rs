//! The location that a panic reports.

use std::{
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// A process has one panic hook, so tests take turns.
static HOOK: Mutex<()> = Mutex::new(());

/// Calls a function that must panic, and returns the file and the line that the panic
/// names.
pub fn panic_location<T>(function: impl FnOnce() -> T) -> (String, u32) {
    let _turn = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let location = Arc::new(Mutex::new(None));
    let (place, this_thread) = (location.clone(), thread::current().id());
    let before = Arc::new(panic::take_hook());
    let others = before.clone();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() != this_thread {
            return others(info);
        }
        let at = info.location().expect("a panic has a location");
        *place.lock().expect("no panic") = Some((at.file().to_owned(), at.line()));
    }));
    let result = catch_unwind(AssertUnwindSafe(function));
    panic::set_hook(Box::new(move |info| before(info)));
    assert!(result.is_err(), "the function returned, but it should have panicked");
    let location = location.lock().expect("no panic").take();
    location.expect("the panic called the hook")
}
