//! Wakes that come too late: the task, the runtime or the thread has ended. They are
//! ignored.

use std::{
    cell::RefCell,
    future::{Future, pending, poll_fn},
    pin::Pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use step::runtime::{spawn, yield_now};

use crate::common::{
    probe::{Probe, waker},
    tasks::{OnDrop, run, turns},
};

#[test]
fn a_wake_of_a_finished_or_cancelled_task_is_ignored() {
    run(async {
        let [finished, cancelled] = [(); 2].map(|()| Probe::default());
        let [first, second] = [&finished, &cancelled].map(|probe| spawn(probe.clone()));
        turns().await;
        finished.open();
        finished.waker().wake();
        first.await;
        drop(second);
        for on_another_thread in [false, true] {
            let wakers = [finished.waker(), cancelled.waker()];
            match on_another_thread {
                true => {
                    thread::spawn(|| wakers.map(Waker::wake)).join().expect("no panic")
                }
                false => wakers.map(Waker::wake),
            };
            turns().await;
        }
        assert_eq!((finished.polls(), cancelled.polls()), (2, 1));
    });
}

#[test]
fn a_woken_task_that_is_cancelled_is_not_polled() {
    run(async {
        let probe = Probe::default();
        let task = spawn(probe.clone());
        turns().await;
        probe.waker().wake();
        drop(task);
        turns().await;
        assert_eq!(probe.polls(), 1);
    });
}

#[test]
fn a_stale_waker_wakes_no_later_task() {
    run(async {
        let mut stale = Vec::new();
        for _ in 0..10 {
            let probe = Probe::default();
            let task = spawn(probe.clone());
            turns().await;
            stale.iter().for_each(Waker::wake_by_ref);
            turns().await;
            assert_eq!(probe.polls(), 1);
            stale.push(probe.waker());
            drop(task);
        }
    });
}

#[test]
fn a_waker_can_outlive_its_runtime() {
    let (main, task) = (Probe::default(), Probe::default());
    run(async {
        spawn(task.clone()).detach();
        poll_fn(|cx| {
            assert!(Pin::new(&mut main.clone()).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        turns().await;
    });
    let wake_all = || [&main, &task].map(|probe| probe.waker().wake());
    wake_all();
    // The next runtime has a main future and a first task as well. Their wakers differ.
    run(async {
        let probe = Probe::default();
        spawn(probe.clone()).detach();
        turns().await;
        wake_all();
        turns().await;
        assert_eq!(probe.polls(), 1);
    });
    assert_eq!((main.polls(), task.polls()), (1, 1));
    let wakers = [main.waker(), task.waker()];
    thread::spawn(|| wakers.map(Waker::wake)).join().expect("no panic");
}

#[test]
fn a_thread_can_wake_and_drop_wakers_while_their_runtime_ends() {
    for _ in 0..100 {
        let barrier = Arc::new(Barrier::new(2));
        let thread = run(async {
            let wakers = [spawn(waker()).await, waker().await];
            let (sender, receiver) = mpsc::channel();
            spawn(async move {
                let _ = sender.send(waker().await);
                pending::<()>().await;
            })
            .detach();
            yield_now().await;
            let living = receiver.recv().expect("the task was polled");
            let ready = barrier.clone();
            let thread = thread::spawn(move || {
                ready.wait();
                for _ in 0..10 {
                    wakers.iter().chain([&living]).for_each(Waker::wake_by_ref);
                }
            });
            barrier.wait();
            thread
        });
        thread.join().expect("no panic");
    }
}

thread_local! {
    /// Dropped while its thread ends, when other thread-locals can be gone already.
    static DROPPED_LAST: RefCell<Option<Box<dyn Send>>> = const { RefCell::new(None) };
}

#[test]
fn a_wake_by_the_destructor_of_a_thread_local_is_not_lost() {
    let has_woken = Arc::new(AtomicBool::new(false));
    run(poll_fn(|cx| {
        if has_woken.load(Ordering::SeqCst) {
            return Poll::Ready(());
        }
        let (waker, flag) = (cx.waker().clone(), has_woken.clone());
        thread::spawn(move || {
            let wakes = OnDrop(move || {
                flag.store(true, Ordering::SeqCst);
                waker.wake_by_ref();
            });
            DROPPED_LAST.set(Some(Box::new(wakes)));
            // This thread has a runtime of its own, whose thread-local can be gone first.
            run(async { spawn(yield_now()).await });
        });
        Poll::Pending
    }));
}

#[test]
fn a_waker_of_an_ended_runtime_can_be_woken_while_the_thread_ends() {
    let thread = thread::spawn(|| {
        DROPPED_LAST.set(None);
        let wakers = run(async { [spawn(waker()).await, waker().await] });
        let wakes = OnDrop(move || wakers.iter().for_each(Waker::wake_by_ref));
        DROPPED_LAST.set(Some(Box::new(wakes)));
    });
    thread.join().expect("no panic");
}
