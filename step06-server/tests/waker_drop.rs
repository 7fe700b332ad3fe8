//! A destructor can wake tasks, whatever the runtime is doing.

use std::{cell::RefCell, future::poll_fn, rc::Rc, task::Waker};

use step::runtime::spawn;

use crate::common::{
    probe::Probe,
    tasks::{OnDrop, run, spawn_owner, turns},
};

#[test]
fn a_destructor_can_wake_another_task() {
    run(async {
        let probe = Probe::default();
        let waiting = spawn(probe.clone());
        let task = spawn_owner(OnDrop(move || {
            probe.open();
            probe.waker().wake();
        }));
        turns().await;
        drop(task);
        waiting.await;
    });
}

#[test]
fn a_destructor_that_wakes_its_own_cancelled_task_does_not_revive_it() {
    run(async {
        let probe = Probe::default();
        let inner = probe.clone();
        let wakes_itself = OnDrop({
            let probe = probe.clone();
            move || probe.waker().wake()
        });
        let task = spawn(async { (wakes_itself, inner.await).1 });
        turns().await;
        drop(task);
        turns().await;
        assert_eq!(probe.polls(), 1);
    });
}

#[test]
fn a_destructor_that_wakes_its_own_finished_task_does_not_revive_it() {
    run(async {
        let mut wakes = 0;
        let task = spawn(poll_fn(move |cx| {
            let waker = cx.waker().clone();
            wakes += 1;
            assert_eq!(wakes, 1, "the task was polled after it had finished");
            std::task::Poll::Ready(OnDrop(move || waker.wake_by_ref()))
        }));
        drop(task.await);
        turns().await;
    });
}

#[test]
fn a_destructor_can_wake_the_main_future_and_tasks_while_the_runtime_ends() {
    let (main, probes) = (Probe::default(), [(); 3].map(|()| Probe::default()));
    let wakes = Rc::new(RefCell::new(0));
    run(async {
        for probe in &probes {
            let wakers = [&main, &probes[0], &probes[1], &probes[2]].map(Probe::clone);
            let wakes = wakes.clone();
            let wakes_all = OnDrop(move || {
                wakers.iter().for_each(|probe| probe.waker().wake());
                *wakes.borrow_mut() += 1;
            });
            let probe = probe.clone();
            spawn(async { (wakes_all, probe.await).1 }).detach();
        }
        let main = main.clone();
        spawn({
            let main = main.clone();
            async move {
                main.open();
                turns().await;
                main.waker().wake();
            }
        })
        .detach();
        main.await;
    });
    assert_eq!(*wakes.borrow(), 3);
    assert_eq!(probes.each_ref().map(Probe::polls), [1; 3]);
    let wakers: Vec<Waker> = probes.iter().map(Probe::waker).collect();
    wakers.into_iter().for_each(Waker::wake);
}
