//! The flag of a waker: many wakes before a poll cause one poll. The flag alone decides
//! whether the main future is polled.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::Poll,
    thread,
};

use step::runtime::{spawn, yield_now};

use crate::common::{
    probe::{Probe, wake},
    tasks::{run, turns},
};

#[test]
fn many_wakes_before_a_poll_cause_one_poll() {
    run(async {
        let probe = Probe::default();
        spawn(probe.clone()).detach();
        turns().await;
        for _ in 0..10 {
            probe.waker().wake_by_ref();
        }
        turns().await;
        assert_eq!(probe.polls(), 2);

        let waker = probe.waker();
        let thread = thread::spawn(move || (0..10).for_each(|_| waker.wake_by_ref()));
        thread.join().expect("no panic");
        probe.waker().wake();
        turns().await;
        assert_eq!(probe.polls(), 3);
    });
}

#[test]
fn many_wakes_during_a_poll_cause_one_more_poll() {
    for on_another_thread in [false, true] {
        run(async {
            let polls = Rc::new(Cell::new(0));
            let counter = polls.clone();
            spawn(poll_fn(move |cx| {
                counter.set(counter.get() + 1);
                if counter.get() == 1 {
                    (0..3).for_each(|_| wake(cx.waker().clone(), on_another_thread));
                }
                Poll::<()>::Pending
            }))
            .detach();
            turns().await;
            assert_eq!(polls.get(), 2);
        });
    }
}

#[test]
fn a_task_keeps_the_place_of_its_first_wake() {
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
        for number in [2, 0, 1, 2, 0] {
            probes[number].waker().wake();
        }
        turns().await;
        assert_eq!(*log.borrow(), [0, 1, 2, 2, 0, 1]);
    });
}

#[test]
fn the_main_future_is_polled_only_after_a_wake() {
    let probe = Probe::default();
    run(async {
        let main = probe.clone();
        let task = spawn(async move {
            for _ in 0..1000 {
                yield_now().await;
            }
            assert_eq!(main.polls(), 1);
            main.open();
            main.waker().wake();
        });
        probe.clone().await;
        task.await;
    });
    assert_eq!(probe.polls(), 2);
}

#[test]
fn a_wake_during_poll_polls_the_main_future_again() {
    for on_another_thread in [false, true] {
        let mut polls = 0;
        run(poll_fn(|cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            wake(cx.waker().clone(), on_another_thread);
            Poll::Pending
        }));
        assert_eq!(polls, 2);
    }
}
