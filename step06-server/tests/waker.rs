//! A future is polled once when it is new and once after each wake, and never otherwise; a wake that comes at an odd
//! time is either kept or harmless.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    thread,
};

use common::within_deadline;
use step06_server::executor::{block_on, spawn};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// Lets all that was woken be polled, and more than once if it is woken again.
async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

/// A future that counts its polls and leaves its waker to the test.
#[derive(Clone, Default)]
struct Probe(Rc<State>);

#[derive(Default)]
struct State {
    polls: Cell<usize>,
    waker: RefCell<Option<Waker>>,
    ready: Cell<bool>,
}

impl Probe {
    fn polls(&self) -> usize {
        self.0.polls.get()
    }

    fn waker(&self) -> Waker {
        self.0.waker.borrow().clone().expect("it was polled")
    }
}

impl Future for Probe {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.polls() + 1);
        self.0.waker.replace(Some(cx.waker().clone()));
        if self.0.ready.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn an_idle_task_is_polled_only_after_a_wake() {
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
            assert!(
                waker.will_wake(&probe.waker()),
                "a task has one waker for all its polls"
            );
        }
        probe.0.ready.set(true);
        turns().await;
        assert_eq!(probe.polls(), 9, "being ready is not enough, it takes a wake");
        probe.waker().wake();
        task.await;
        assert_eq!(probe.polls(), 10);
    });
}

#[test]
fn the_main_future_is_polled_only_after_a_wake() {
    let probe = Probe::default();
    run(async {
        let main = probe.clone();
        let task = spawn(async move {
            // More than are polled between two looks at the main future.
            for _ in 0..1000 {
                yield_now().await;
            }
            assert_eq!(main.polls(), 1, "others were polled meanwhile");
            main.0.ready.set(true);
            main.waker().wake();
        });
        probe.clone().await;
        task.await;
    });
    assert_eq!(probe.polls(), 2);
}

#[test]
fn many_wakes_before_a_poll_are_one_poll() {
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
        thread::spawn(move || (0..10).for_each(|_| waker.wake_by_ref()))
            .join()
            .expect("no panic");
        probe.waker().wake();
        turns().await;
        assert_eq!(probe.polls(), 3);
    });
}

#[test]
fn wakes_during_a_poll_are_one_more_poll() {
    for from_another_thread in [false, true] {
        run(async {
            let mut polls = 0;
            let task = spawn(poll_fn(move |cx| {
                polls += 1;
                if polls == 5 {
                    return Poll::Ready(polls);
                }
                for _ in 0..3 {
                    let waker = cx.waker().clone();
                    match from_another_thread {
                        true => thread::spawn(|| waker.wake()).join().expect("no panic"),
                        false => waker.wake(),
                    }
                }
                Poll::Pending
            }));
            assert_eq!(task.await, 5);
        });
    }
}

#[test]
fn a_wake_after_the_end_or_the_cancelling_of_a_task_is_harmless() {
    run(async {
        let [ends, cancelled] = [(); 2].map(|()| Probe::default());
        let tasks = [&ends, &cancelled].map(|probe| spawn(probe.clone()));
        turns().await;
        ends.0.ready.set(true);
        ends.waker().wake();
        let [task, other] = tasks;
        task.await;
        drop(other);
        ends.waker().wake();
        cancelled.waker().wake();
        turns().await;
        assert_eq!((ends.polls(), cancelled.polls()), (2, 1));
    });
}

#[test]
fn a_task_that_is_queued_and_cancelled_is_not_polled() {
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
fn an_old_waker_does_not_wake_the_task_that_took_the_place_of_its_own() {
    run(async {
        let mut old = Vec::new();
        for _ in 0..10 {
            let probe = Probe::default();
            let task = spawn(probe.clone());
            turns().await;
            old.iter().for_each(Waker::wake_by_ref);
            turns().await;
            assert_eq!(probe.polls(), 1);
            old.push(probe.waker());
            drop(task);
        }
    });
}

#[test]
fn a_waker_may_outlive_its_runtime() {
    let (main, task) = (Probe::default(), Probe::default());
    run(async {
        spawn(task.clone()).detach();
        poll_fn(|cx| {
            let _ = Pin::new(&mut main.clone()).poll(cx);
            Poll::Ready(())
        })
        .await;
        turns().await;
    });
    let wake_all = || [&main, &task].map(|probe| probe.waker().wake());
    wake_all();
    // In the next runtime everything has the same place, but other wakers.
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
        for number in [2, 0, 1, 2, 0] {
            probes[number].waker().wake();
        }
        turns().await;
        assert_eq!(*log.borrow(), [0, 1, 2, 2, 0, 1]);
    });
}
