//! What the tests of signals use.

use std::{
    future::Future,
    os::unix::process::ExitStatusExt,
    process::Output,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rustix::process::{Signal, getpid, kill_process};
use signal_hook::{flag, low_level::unregister};
use step::runtime::signal::Termination;

use crate::common::{alone::output, tasks::run};

/// Runs a future in a process that a signal must end.
pub fn is_ended_by<F: Fn()>(signal: Signal, name: F, test: impl Future<Output = ()>) {
    if let Some(Output { status, .. }) = output(name, || run(test)) {
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
    }
}

/// Sends a signal to this process.
pub fn send(signal: Signal) {
    kill_process(getpid(), signal).expect("this process is alive");
}

/// Sends a signal, and waits until all its actions have run. Another thread of this
/// process may run them.
pub fn send_and_wait(signal: Signal) {
    let arrived = Arc::new(AtomicBool::new(false));
    // This action is the last one.
    let last = flag::register(signal.as_raw(), arrived.clone()).expect("a handler");
    send(signal);
    while !arrived.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    unregister(last);
}

/// Takes over the signals of this process.
pub fn termination() -> Rc<Termination> {
    Rc::new(Termination::new().expect("there are descriptors"))
}
