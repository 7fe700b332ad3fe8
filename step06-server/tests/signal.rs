//! The first SIGINT or SIGTERM is a wish that a future waits for; the second one ends the process.
//!
//! Each of these tests runs in a process of its own: signals are for processes.

mod common;

use std::{
    any::type_name,
    env,
    future::{Future, pending},
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use common::within_deadline;
use futures_lite::future::poll_once;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::{flag, low_level::unregister};
use step06_server::executor::{block_on, spawn};
use step06_server::signal::Termination;
use step06_server::yield_now::yield_now;

/// Set in a process that gets signals.
const ALONE: &str = "SIGNALS_ARE_FOR_ME";

/// Starts a process for one test only, and tells how it ended. In that process, runs the future and gives nothing.
fn alone<F: Fn()>(_test: F, future: impl Future<Output = ()>) -> Option<Output> {
    if env::var_os(ALONE).is_some() {
        within_deadline(|| block_on(future));
        return None;
    }
    let name = type_name::<F>().rsplit("::").next().expect("there is a last part");
    let mut process = Command::new(env::current_exe().expect("there is a /proc"));
    Some(
        process.args(["--exact", name]).env(ALONE, "").output().expect("it runs already"),
    )
}

/// As [`alone`], for a test after which the process ends well.
fn lives<F: Fn()>(test: F, future: impl Future<Output = ()>) {
    if let Some(Output { status, stdout, stderr }) = alone(test, future) {
        let [stdout, stderr] =
            [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(
            status.success() && stdout.contains("1 passed"),
            "{status}\n{stdout}\n{stderr}"
        );
    }
}

/// As [`alone`], for a test whose process is ended by a signal.
fn dies_of<F: Fn()>(signal: Signal, test: F, future: impl Future<Output = ()>) {
    if let Some(Output { status, .. }) = alone(test, future) {
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
    }
}

fn send(signal: Signal) {
    kill_process(getpid(), signal).expect("this process is alive");
}

#[test]
fn a_signal_that_comes_before_it_is_awaited_is_not_lost() {
    lives(a_signal_that_comes_before_it_is_awaited_is_not_lost, async {
        for signal in [Signal::TERM, Signal::INT] {
            let termination = Termination::new().expect("there are descriptors");
            // Another thread may get the signal. This is done last of all that it does: then it has come.
            let came = Arc::new(AtomicBool::new(false));
            let last = flag::register(signal.as_raw(), came.clone()).expect("no error");
            send(signal);
            while !came.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            unregister(last);
            termination.requested().await.expect("no error");
        }
    });
}

#[test]
fn a_signal_ends_the_wait_of_an_idle_runtime() {
    lives(a_signal_ends_the_wait_of_an_idle_runtime, async {
        let termination = Termination::new().expect("there are descriptors");
        let (idle, begun) = mpsc::channel();
        let thread = thread::spawn(move || {
            begun.recv().expect("the runtime is about to wait");
            send(Signal::TERM);
        });
        let task = spawn(async move { termination.requested().await });
        yield_now().await;
        idle.send(()).expect("the thread listens");
        task.await.expect("no error");
        thread.join().expect("no panic");
    });
}

#[test]
fn nothing_is_requested_without_a_signal() {
    lives(nothing_is_requested_without_a_signal, async {
        let termination = Termination::new().expect("there are descriptors");
        for _ in 0..10 {
            assert!(poll_once(termination.requested()).await.is_none());
            yield_now().await;
        }
        // And a request that was given up takes nothing along.
        send(Signal::INT);
        termination.requested().await.expect("no error");
        assert!(poll_once(termination.requested()).await.is_none(), "there was only one");
    });
}

#[test]
fn a_second_signal_ends_the_process() {
    dies_of(Signal::TERM, a_second_signal_ends_the_process, async {
        let termination = Termination::new().expect("there are descriptors");
        send(Signal::TERM);
        termination.requested().await.expect("no error");
        send(Signal::TERM);
        pending().await
    });
}

#[test]
fn a_second_signal_ends_the_process_though_nobody_awaited_the_first() {
    let test = a_second_signal_ends_the_process_though_nobody_awaited_the_first;
    dies_of(Signal::INT, test, async {
        let [_unheard, heard] =
            [(); 2].map(|()| Termination::new().expect("descriptors"));
        send(Signal::TERM);
        // Two signals at once may come in any order, so this waits until the first one is there.
        heard.requested().await.expect("no error");
        drop(heard);
        send(Signal::INT);
        pending().await
    });
}

#[test]
fn signals_are_ignored_once_it_is_dropped() {
    lives(signals_are_ignored_once_it_is_dropped, async {
        drop(Termination::new().expect("there are descriptors"));
        for signal in [Signal::TERM, Signal::INT, Signal::TERM] {
            send(signal);
        }
    });
}

#[test]
fn a_signal_is_a_wish_to_everyone_who_waits_for_one() {
    lives(a_signal_is_a_wish_to_everyone_who_waits_for_one, async {
        let both = [(); 2].map(|()| Termination::new().expect("there are descriptors"));
        send(Signal::TERM);
        for termination in both {
            termination.requested().await.expect("no error");
        }
    });
}

#[test]
fn it_shows_its_name_and_nothing_else() {
    lives(it_shows_its_name_and_nothing_else, async {
        let termination = Termination::new().expect("there are descriptors");
        assert_eq!(format!("{termination:?}"), "Termination { .. }");
    });
}
