//! The events of wakers and of parking: the thread parks only when it is idle, and a
//! subscriber that uses the runtime at these events loses no wake.

use std::{
    cell::Cell,
    future::poll_fn,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use step::runtime::{spawn, yield_now};

use crate::common::{
    probe::{Probe, wake, waker},
    tasks::{Drops, run, spawn_owner, turns},
    trace::{at_next, record, tasks_of, traced},
};

#[test]
fn an_idle_thread_parks_until_another_thread_wakes_it() {
    let parks = tasks_of("park", async {
        let has_woken = Arc::new(AtomicBool::new(false));
        poll_fn(|cx| {
            if has_woken.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            let (waker, flag) = (cx.waker().clone(), has_woken.clone());
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(50));
                flag.store(true, Ordering::SeqCst);
                waker.wake();
            });
            Poll::Pending
        })
        .await
    });
    // `park` can return without a reason, but not all the time.
    let expected = if cfg!(debug_assertions) { 1..10 } else { 0..1 };
    assert!(expected.contains(&parks.len()), "it has parked {} times", parks.len());
}

#[test]
fn a_thread_does_not_park_while_a_task_is_woken() {
    let parks = tasks_of("park", async {
        let task = spawn(async {
            for _ in 0..100 {
                yield_now().await;
            }
        });
        task.await;
    });
    assert_eq!(parks.len(), 0);
}

#[test]
fn many_wakes_before_a_poll_have_one_event() {
    let wakes = tasks_of("wake", async {
        let probe = Probe::default();
        let task = spawn(probe.clone());
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if probe.polls() == 1 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        probe.open();
        (0..5).for_each(|_| probe.waker().wake());
        task.await;
    });
    let task = wakes.iter().filter(|task| *task != "main").count();
    assert_eq!(task, if cfg!(debug_assertions) { 1 } else { 0 });
}

#[test]
fn the_main_future_can_be_woken_when_the_thread_is_about_to_park() {
    traced(async {
        let probe = Probe::default();
        let main = probe.clone();
        at_next("park", move || {
            main.open();
            main.waker().wake();
        });
        probe.await;
    });
}

#[test]
fn a_task_can_be_woken_when_the_thread_is_about_to_park() {
    traced(async {
        let probe = Probe::default();
        let task = probe.clone();
        at_next("park", move || {
            task.open();
            task.waker().wake();
        });
        spawn(probe).await;
    });
}

#[test]
fn a_wake_of_another_thread_just_before_the_thread_parks_is_not_lost() {
    traced(async {
        let probe = Probe::default();
        let main = probe.clone();
        at_next("park", move || {
            main.open();
            wake(main.waker(), true);
        });
        probe.await;
    });
}

#[test]
fn a_task_can_be_spawned_when_the_thread_is_about_to_park() {
    traced(async {
        let probe = Probe::default();
        let main = probe.clone();
        at_next("park", move || {
            let wakes_main = async move {
                main.open();
                main.waker().wake();
            };
            spawn(wakes_main).detach();
        });
        probe.await;
    });
}

#[test]
fn a_subscriber_that_parks_the_thread_loses_no_wake() {
    traced(async {
        let probe = Probe::default();
        let task = probe.clone();
        at_next("park", move || {
            task.open();
            let waker = task.waker();
            thread::spawn(|| waker.wake()).join().expect("no panic");
            // This can take the token of `unpark` away from the runtime.
            thread::park_timeout(Duration::from_millis(1));
        });
        spawn(probe).await;
    });
}

#[test]
fn a_subscriber_can_spawn_and_cancel_when_a_task_is_woken() {
    traced(async {
        let (polled, drops) = (Rc::new(Cell::new(false)), Drops::default());
        let (flag, counters) = (polled.clone(), drops.clone());
        at_next("wake", move || {
            spawn(async move { flag.set(true) }).detach();
            drop(spawn_owner(counters.counter()));
        });
        spawn(yield_now()).await;
        turns().await;
        assert!(polled.get());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_subscriber_can_cancel_the_task_that_is_woken() {
    traced(async {
        let probe = Probe::default();
        let task = spawn(probe.clone());
        turns().await;
        at_next("wake", move || drop(task));
        probe.waker().wake();
        turns().await;
        assert_eq!(probe.polls(), 1);
    });
}

#[test]
fn a_subscriber_can_wake_another_task_when_one_is_woken() {
    traced(async {
        let probes = [(); 2].map(|()| Probe::default());
        let tasks = probes.clone().map(spawn);
        turns().await;
        let other = probes[1].waker();
        at_next("wake", move || other.wake());
        probes.iter().for_each(Probe::open);
        probes[0].waker().wake();
        for task in tasks {
            task.await;
        }
    });
}

#[test]
fn a_wake_does_not_unpark_a_thread_that_is_not_parked() {
    run(async {
        // A wake of a thread that is parked writes the event, except in a release build.
        let seen = Arc::new(AtomicBool::new(false));
        let (sees, woken) = (seen.clone(), waker().await);
        let thread = thread::spawn(move || {
            // The main future is polled after each wake, and then its thread parks.
            let unparks = || record("unpark", || woken.wake_by_ref()).len();
            while cfg!(debug_assertions) && unparks() == 0 {}
            sees.store(true, Ordering::Relaxed);
            woken.wake();
        });
        poll_fn(|_| match seen.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        thread.join().expect("no panic");

        // While this thread waits in `join`, it is not parked.
        let wakers = [spawn(waker()).await, waker().await];
        let wake_all =
            move || record("unpark", || wakers.iter().for_each(Waker::wake_by_ref));
        let unparks = thread::spawn(wake_all).join().expect("no panic");
        assert_eq!(unparks.len(), 0);
    });
}
