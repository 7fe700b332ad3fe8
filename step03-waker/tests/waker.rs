//! Wakers: a task is polled once when it is new and once after each wake, and never
//! otherwise. A wake that comes during a poll is kept.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::Poll,
};

use step::runtime::spawn;

use crate::common::{
    probe::{Probe, wake},
    tasks::{run, turns},
};

#[test]
fn a_task_is_polled_only_after_a_wake() {
    run(async {
        let probe = Probe::default();
        let task = spawn(probe.clone());
        turns().await;
        assert_eq!(probe.polls(), 1);
        for polls in 2..10 {
            let waker = probe.waker();
            waker.wake_by_ref();
            turns().await;
            assert_eq!(probe.polls(), polls);
            assert!(waker.will_wake(&probe.waker()), "all polls have the same waker");
        }
        probe.open();
        turns().await;
        assert_eq!(
            probe.polls(),
            9,
            "a future that is ready is not polled without a wake"
        );
        probe.waker().wake();
        task.await;
        assert_eq!(probe.polls(), 10);
    });
}

#[test]
fn a_wake_during_poll_requeues_the_task() {
    for on_another_thread in [false, true] {
        run(async {
            let polls = Rc::new(Cell::new(0));
            let counter = polls.clone();
            let task = spawn(poll_fn(move |cx| {
                counter.set(counter.get() + 1);
                if counter.get() == 2 {
                    return Poll::Ready(());
                }
                wake(cx.waker().clone(), on_another_thread);
                Poll::Pending
            }));
            task.await;
            assert_eq!(polls.get(), 2);
        });
    }
}

#[test]
fn a_finished_task_wakes_its_awaiter_once() {
    run(async {
        let (probe, polls) = (Probe::default(), Rc::new(Cell::new(0)));
        let (mut inner, counter) = (spawn(probe.clone()), polls.clone());
        let outer = spawn(poll_fn(move |cx| {
            counter.set(counter.get() + 1);
            Pin::new(&mut inner).poll(cx)
        }));
        turns().await;
        probe.waker().wake();
        turns().await;
        assert_eq!(
            (probe.polls(), polls.get()),
            (2, 1),
            "a pending task wakes no awaiter"
        );
        probe.open();
        probe.waker().wake();
        outer.await;
        assert_eq!((probe.polls(), polls.get()), (3, 2));
    });
}

#[test]
fn tasks_are_polled_in_the_order_in_which_they_were_woken() {
    run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let probes = [(); 3].map(|()| Probe::default());
        for (number, probe) in probes.iter().enumerate() {
            let (mut probe, log) = (probe.clone(), log.clone());
            spawn(poll_fn(move |cx| {
                log.borrow_mut().push(number);
                Pin::new(&mut probe).poll(cx)
            }))
            .detach();
        }
        turns().await;
        for number in [2, 0, 1] {
            probes[number].waker().wake();
        }
        turns().await;
        assert_eq!(*log.borrow(), [0, 1, 2, 2, 0, 1]);
    });
}
