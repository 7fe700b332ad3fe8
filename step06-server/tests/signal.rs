//! The first SIGINT or SIGTERM completes a future, and the second one ends the process.
//! Each of these tests runs in a process of its own, because signals are for processes.
#![cfg(unix)]

extern crate step06_server as step;

#[allow(dead_code, reason = "this binary needs only a part of it")]
mod common;

use std::{
    any::type_name,
    cell::Cell,
    env,
    future::{Future, pending},
    os::unix::process::ExitStatusExt,
    pin::{Pin, pin},
    process::{Command, Output},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Wake, Waker},
    thread,
    time::Duration,
};

use common::{
    Wakes, poll_once,
    tasks::{run, turns},
};
use futures_lite::future;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::{flag, low_level::unregister};
use step::runtime::{
    Either, Task, select, signal::Termination, spawn, time::sleep, yield_now,
};

/// Set in a process that gets signals.
const ALONE: &str = "A_PROCESS_OF_ITS_OWN";

/// Starts a process for one test, and returns how it has ended. In that process, runs the
/// test and returns nothing.
fn alone<F: Fn()>(_name: F, test: impl FnOnce()) -> Option<Output> {
    if env::var_os(ALONE).is_some() {
        test();
        return None;
    }
    let name = type_name::<F>().rsplit("::").next().expect("there is a last part");
    let mut process = Command::new(env::current_exe().expect("it has a path"));
    process.args(["--exact", name]).env(ALONE, "");
    Some(process.output().expect("it runs already"))
}

/// Runs a test in a process that must pass it.
fn passes<F: Fn()>(name: F, test: impl FnOnce()) {
    let Some(Output { status, stdout, stderr }) = alone(name, test) else { return };
    let [stdout, stderr] =
        [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let passed = status.success() && stdout.contains("1 passed");
    assert!(passed, "{status}\n{stdout}\n{stderr}");
}

/// Runs a future in a process that a signal must end.
fn is_ended_by<F: Fn()>(signal: Signal, name: F, test: impl Future<Output = ()>) {
    if let Some(Output { status, .. }) = alone(name, || run(test)) {
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
    }
}

fn send(signal: Signal) {
    kill_process(getpid(), signal).expect("this process is alive");
}

/// Sends a signal, and waits until all its actions have run. Another thread of this process
/// may run them.
fn send_and_wait(signal: Signal) {
    let arrived = Arc::new(AtomicBool::new(false));
    // This action is the last one.
    let last = flag::register(signal.as_raw(), arrived.clone()).expect("a handler");
    send(signal);
    while !arrived.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    unregister(last);
}

fn termination() -> Rc<Termination> {
    Rc::new(Termination::new().expect("there are descriptors"))
}

/// Spawns a task that waits for the request, and then counts.
fn spawn_waiter(termination: &Rc<Termination>, heard: &Rc<Cell<usize>>) -> Task<()> {
    let (termination, heard) = (termination.clone(), heard.clone());
    spawn(async move {
        termination.requested().await.expect("the runtime runs");
        heard.set(heard.get() + 1);
    })
}

#[test]
fn a_signal_that_comes_before_the_wait_is_not_lost() {
    passes(a_signal_that_comes_before_the_wait_is_not_lost, || {
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
    passes(a_signal_ends_the_wait_of_an_idle_thread, || {
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
    passes(nothing_is_requested_without_a_signal, || {
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
fn one_signal_is_heard_by_all_who_wait() {
    passes(one_signal_is_heard_by_all_who_wait, || {
        run(async {
            let (first, second) = (termination(), termination());
            let heard = Rc::new(Cell::new(0));
            let mut waiters = Vec::new();
            for _ in 0..3 {
                waiters.push(spawn_waiter(&first, &heard));
                waiters.push(spawn_waiter(&second, &heard));
            }
            turns().await;
            assert_eq!(heard.get(), 0);
            send(Signal::TERM);
            for waiter in waiters {
                waiter.await;
            }
            assert_eq!(heard.get(), 6);
        });
    });
}

#[test]
fn one_signal_is_heard_by_those_who_wait_later() {
    passes(one_signal_is_heard_by_those_who_wait_later, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let first = spawn_waiter(&termination, &heard);
            turns().await;
            send(Signal::TERM);
            first.await;
            for _ in 0..3 {
                spawn_waiter(&termination, &heard).await;
            }
            let polled = future::poll_once(termination.requested()).await;
            assert!(matches!(polled, Some(Ok(()))));
        });
    });
}

#[test]
fn a_wait_that_is_cancelled_after_its_wake_loses_no_signal() {
    passes(a_wait_that_is_cancelled_after_its_wake_loses_no_signal, || {
        run(async {
            let (termination, (wakes, waker)) = (termination(), Wakes::new());
            {
                let mut waits = pin!(termination.requested());
                let polled = waits.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                send(Signal::INT);
                while wakes.count() == 0 {
                    yield_now().await;
                }
            }
            termination.requested().await.expect("the runtime runs");
        });
    });
}

#[test]
fn a_wait_that_is_never_polled_again_does_not_hold_up_the_others() {
    passes(a_wait_that_is_never_polled_again_does_not_hold_up_the_others, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let mut idle = pin!(termination.requested());
            assert!(poll_once(&mut idle).is_pending());
            let waiters = [(); 3].map(|()| spawn_waiter(&termination, &heard));
            turns().await;
            send(Signal::INT);
            for waiter in waiters {
                waiter.await;
            }
        });
    });
}

/// A waker that panics when it is woken.
struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn a_bad_waker_does_not_take_the_wakes_of_the_others() {
    passes(a_bad_waker_does_not_take_the_wakes_of_the_others, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let mut bad = pin!(termination.requested());
            let waker = Waker::from(Arc::new(Bad));
            assert!(bad.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            let waiter = spawn_waiter(&termination, &heard);
            turns().await;
            send(Signal::INT);
            waiter.await;
        });
    });
}

#[test]
fn a_request_that_has_arrived_lets_others_run() {
    passes(a_request_that_has_arrived_lets_others_run, || {
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
    passes(the_end_wakes_those_who_wait, || {
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
            assert!(matches!(poll_once(waits), std::task::Poll::Ready(Err(_))));
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
        send(Signal::TERM);
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
            send(Signal::INT);
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
        // Two signals that are sent at once may arrive in any order, so this waits for the
        // first one.
        heard.requested().await.expect("the runtime runs");
        drop(heard);
        send(Signal::INT);
        pending().await
    });
}

#[test]
fn signals_are_ignored_after_it_is_dropped() {
    passes(signals_are_ignored_after_it_is_dropped, || {
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
    passes(it_leaves_no_descriptors_behind, || {
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
    passes(the_debug_output_shows_its_name, || {
        run(async { assert_eq!(format!("{:?}", termination()), "Termination { .. }") });
    });
}
