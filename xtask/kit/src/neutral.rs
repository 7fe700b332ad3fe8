//! A step's own name, made the same in every step; and what two runs print, made the same in every run.
//!
//! `step02_executor::game` and `step03_waker::game` say the same thing, so neither differences nor merges may see them
//! as two. The neutral form keeps dash and underscore apart, so that a merged text can be given a step's name again.

use std::{path::Path, sync::LazyLock};

use regex::{Captures, Regex};

use crate::steps::Step;

/// The neutral form of a package's name, as in `step03-waker`.
const PACKAGE: &str = "stepNN-name";

/// The neutral form of a crate's name, as in `step03_waker`.
const CRATE: &str = "stepNN_name";

/// Replaces the step's own name by the neutral one.
pub fn neutralise(text: &str, step: &Step) -> String {
    text.replace(&step.name, PACKAGE).replace(&step.crate_name(), CRATE)
}

/// Replaces the neutral name by the step's own.
pub fn restore(text: &str, step: &Step) -> String {
    text.replace(PACKAGE, &step.name).replace(CRATE, &step.crate_name())
}

/// Ports, durations and numbers of threads: what differs from run to run.
static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
    let port = r"(?<port>(?:127\.0\.0\.1|localhost|\[::1\]):\d+)";
    let thread = r"(?<thread>thread '[^']*' \(\d+\))";
    let time = r"(?<time> *\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|min)\b)";
    Regex::new(&format!("{port}|{thread}|{time}")).expect("the pattern is fixed")
});

/// Replaces what differs from run to run by words. The ports are told apart by the order in which they come.
pub fn neutralise_run(text: &str) -> String {
    let mut ports: Vec<String> = Vec::new();
    let replaced = VOLATILE.replace_all(text, |found: &Captures<'_>| {
        if let Some(port) = found.name("port") {
            let at = ports.iter().position(|known| known == port.as_str()).unwrap_or_else(|| {
                ports.push(port.as_str().to_owned());
                ports.len() - 1
            });
            return format!("PORT{}", at + 1);
        }
        match found.name("thread") {
            Some(thread) => thread.as_str().split(" (").next().unwrap_or_default().to_owned(),
            None => " TIME".to_owned(),
        }
    });
    replaced.into_owned()
}

/// Where the sources of dependencies and of the standard library are, on some machine.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[^\s'`]*/registry/src/[^/\s]+/|/rustc/[0-9a-f]+/").expect("the pattern is fixed")
});

/// Takes the paths of the machine out of what a run printed: to the workspace, and to the sources of dependencies.
pub fn without_machine(text: &str, roots: &[&Path]) -> String {
    let mut text = ELSEWHERE.replace_all(text, "").into_owned();
    for root in roots {
        let root = root.display().to_string();
        text = text.replace(&format!("{root}/"), "").replace(&root, ".");
    }
    text
}

/// Whether a neutralised text says the step's own name.
pub fn occurs(text: &str) -> bool {
    text.contains(PACKAGE) || text.contains(CRATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_that_differ_in_ports_and_times_are_one_run() {
        let one =
            neutralise_run("127.0.0.1:4000 joined after 99.5ms, 127.0.0.1:4001 did not\n 99 ms  x");
        let two =
            neutralise_run("127.0.0.1:5003 joined after 1.2s, 127.0.0.1:4000 did not\n1250 ms  x");
        assert_eq!(one, two);
        assert_eq!(one, "PORT1 joined after TIME, PORT2 did not\n TIME  x");
        let panic = neutralise_run("thread 'main' (4711) panicked at src/a.rs:3:5:");
        assert_eq!(panic, "thread 'main' panicked at src/a.rs:3:5:");
    }

    #[test]
    fn what_a_run_should_print_again_is_kept() {
        for text in ["polled 2 times", "step 03 says 7 msgs", "10.0.0.1:80", "ThreadId(1)"] {
            assert_eq!(neutralise_run(text), text);
        }
        assert_ne!(
            neutralise_run("127.0.0.1:1 and 127.0.0.1:1"),
            neutralise_run("127.0.0.1:1 and 127.0.0.1:2")
        );
    }

    #[test]
    fn the_paths_of_a_machine_are_taken_out() {
        let text = "at /home/me/.cargo/registry/src/host-1f/loom-0.7.3/src/a.rs:1 /rustc/59a1/library/std, /w/step01/a.rs in /w";
        let expected = "at loom-0.7.3/src/a.rs:1 library/std, step01/a.rs in .";
        assert_eq!(without_machine(text, &[Path::new("/w")]), expected);
    }
}
