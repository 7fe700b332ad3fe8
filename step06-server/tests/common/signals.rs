//! For tests of signals: each of them gets a process of its own, because signals are for
//! processes.

use std::{
    any::type_name,
    env,
    future::Future,
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
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

use crate::common::tasks::run;

/// Set in a process that gets signals.
const ALONE: &str = "A_PROCESS_OF_ITS_OWN";

/// Starts a process for one test, and returns how it has ended. In that process, runs the
/// test and returns nothing.
fn alone<F: Fn()>(_name: F, test: impl FnOnce()) -> Option<Output> {
    if env::var_os(ALONE).is_some() {
        test();
        return None;
    }
    let (_crate, name) = type_name::<F>().split_once("::").expect("a path");
    let mut process = Command::new(env::current_exe().expect("it has a path"));
    process.args(["--exact", name]).env(ALONE, "");
    Some(process.output().expect("it runs already"))
}

/// Runs a test in a process that must pass it.
pub fn passes<F: Fn()>(name: F, test: impl FnOnce()) {
    let Some(Output { status, stdout, stderr }) = alone(name, test) else { return };
    let [stdout, stderr] =
        [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let passed = status.success() && stdout.contains("1 passed");
    assert!(passed, "{status}\n{stdout}\n{stderr}");
}

/// Runs a future in a process that a signal must end.
pub fn is_ended_by<F: Fn()>(signal: Signal, name: F, test: impl Future<Output = ()>) {
    if let Some(Output { status, .. }) = alone(name, || run(test)) {
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
