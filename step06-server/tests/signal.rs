//! The first SIGINT or SIGTERM completes a future, and the second one ends the process.
//! Each of these tests runs in a process of its own, because signals are for processes.
#![cfg(unix)]

#[path = "common/signals.rs"]
pub mod signals;

use std::{
    future::pending,
    pin::{Pin, pin},
    sync::mpsc,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use futures_lite::future;
use rustix::process::Signal;
use step::runtime::{Either, select, spawn, time::sleep, yield_now};

use self::signals::{is_ended_by, send, send_and_wait, termination};
use crate::common::{Wakes, alone::alone, poll_once, tasks::run};

#[test]
fn a_signal_that_comes_before_the_wait_is_not_lost() {
    alone(a_signal_that_comes_before_the_wait_is_not_lost, || {
        for signal in [Signal::TERM, Signal::INT] {
            run(async {
                let termination = termination();
                send_and_wait(signal);
                termination.requested().await.expect("the runtime runs");
            });
        }
    });
}

#[test]
fn a_signal_ends_the_wait_of_an_idle_thread() {
    alone(a_signal_ends_the_wait_of_an_idle_thread, || {
        run(async {
            let termination = termination();
            let (idle, begun) = mpsc::channel();
            let thread = thread::spawn(move || {
                begun.recv().expect("the runtime is about to wait");
                send(Signal::TERM);
            });
            let task = spawn(async move { termination.requested().await });
            yield_now().await;
            idle.send(()).expect("the thread waits");
            task.await.expect("the runtime runs");
            thread.join().expect("no panic");
        });
    });
}

#[test]
fn nothing_is_requested_without_a_signal() {
    alone(nothing_is_requested_without_a_signal, || {
        run(async {
            let termination = termination();
            for _ in 0..10 {
                assert!(future::poll_once(termination.requested()).await.is_none());
                yield_now().await;
            }
            send(Signal::INT);
            termination.requested().await.expect("the runtime runs");
        });
    });
}

#[test]
fn a_request_that_has_arrived_lets_others_run() {
    alone(a_request_that_has_arrived_lets_others_run, || {
        run(async {
            let termination = termination();
            send_and_wait(Signal::TERM);
            let greedy = pin!(async {
                loop {
                    termination.requested().await.expect("the runtime runs");
                }
            });
            let nap = pin!(sleep(Duration::from_millis(1)));
            assert!(matches!(select(greedy, nap).await, Either::Right(())));
        });
    });
}

#[test]
fn the_end_wakes_those_who_wait() {
    alone(the_end_wakes_those_who_wait, || {
        let (wakes, waker) = Wakes::new();
        let mut waits = run(async {
            let termination = termination();
            [(); 3].map(|()| {
                let termination = termination.clone();
                let mut waits = Box::pin(async move { termination.requested().await });
                let mut cx = Context::from_waker(&waker);
                assert!(Pin::new(&mut waits).poll(&mut cx).is_pending());
                waits
            })
        });
        assert_eq!(wakes.count(), 3);
        for waits in &mut waits {
            assert!(matches!(poll_once(waits), Poll::Ready(Err(_))));
        }
        drop(waits);
        // A new runtime can take the signals over.
        run(async {
            let termination = termination();
            send(Signal::TERM);
            termination.requested().await.expect("the runtime runs");
        });
    });
}

#[test]
fn a_second_signal_ends_the_process() {
    is_ended_by(Signal::TERM, a_second_signal_ends_the_process, async {
        let termination = termination();
        // The byte that completes the future is the first of several actions. The second
        // signal must not come between them, in another thread.
        send_and_wait(Signal::TERM);
        termination.requested().await.expect("the runtime runs");
        send(Signal::TERM);
        pending().await
    });
}

#[test]
fn a_second_signal_of_the_other_kind_ends_the_process() {
    is_ended_by(
        Signal::TERM,
        a_second_signal_of_the_other_kind_ends_the_process,
        async {
            let termination = termination();
            send_and_wait(Signal::INT);
            termination.requested().await.expect("the runtime runs");
            send(Signal::TERM);
            pending().await
        },
    );
}

#[test]
fn a_second_signal_ends_the_process_although_no_task_awaited_the_first() {
    let test = a_second_signal_ends_the_process_although_no_task_awaited_the_first;
    is_ended_by(Signal::INT, test, async {
        let [_unheard, heard] = [termination(), termination()];
        send(Signal::TERM);
        // Two signals that are sent at once may arrive in any order, so this waits for
        // the first one.
        heard.requested().await.expect("the runtime runs");
        drop(heard);
        send(Signal::INT);
        pending().await
    });
}

#[test]
fn signals_are_ignored_after_it_is_dropped() {
    alone(signals_are_ignored_after_it_is_dropped, || {
        run(async {
            drop(termination());
            for signal in [Signal::TERM, Signal::INT, Signal::TERM] {
                send(signal);
            }
        });
    });
}

#[test]
#[cfg(target_os = "linux")]
fn it_leaves_no_descriptors_behind() {
    alone(it_leaves_no_descriptors_behind, || {
        let descriptors =
            || std::fs::read_dir("/proc/self/fd").expect("there is a /proc").count();
        run(async {
            drop(termination());
            let before = descriptors();
            for _ in 0..50 {
                let termination = termination();
                assert!(future::poll_once(termination.requested()).await.is_none());
                assert!(descriptors() > before);
            }
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn the_debug_output_shows_its_name() {
    alone(the_debug_output_shows_its_name, || {
        run(async { assert_eq!(format!("{:?}", termination()), "Termination { .. }") });
    });
}
