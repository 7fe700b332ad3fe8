//! A process of its own for a test. The test measures or changes what all threads of a
//! process share: the memory, the descriptors, the signals, or the logger.

use std::{
    any::type_name,
    env,
    panic::resume_unwind,
    process::{Command, Output},
};

/// Set in such a process.
const ALONE: &str = "A_PROCESS_OF_ITS_OWN";

/// Runs a test in a process of its own. If it fails there, it fails here too, and prints
/// what the other process has printed.
pub fn alone<F: Fn()>(name: F, test: impl FnOnce()) {
    let Some(Output { status, stdout, stderr }) = output(name, test) else { return };
    let has_passed = String::from_utf8_lossy(&stdout).contains("1 passed");
    if !(status.success() && has_passed) {
        eprint!("{}", String::from_utf8_lossy(&stderr));
        if status.code() != Some(101) {
            eprintln!("the process of the test ended: {status}");
        }
        // Unlike `panic!`, this does not print a second message.
        resume_unwind(Box::new("the test failed in its own process"));
    }
}

/// Starts a process that runs only this test, and returns how the process has ended. In
/// that process, runs the test and returns nothing.
pub fn output<F: Fn()>(_name: F, test: impl FnOnce()) -> Option<Output> {
    if env::var_os(ALONE).is_some() {
        test();
        return None;
    }
    let (_crate, name) = type_name::<F>().split_once("::").expect("a path");
    let mut process = Command::new(env::current_exe().expect("it has a path"));
    process.args(["--exact", name, "--nocapture"]).env(ALONE, "");
    Some(process.output().expect("it runs already"))
}
