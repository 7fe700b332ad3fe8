//! A timer fires when its time has come: not before, not much later, and not at all once it was dropped.

mod common;

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use common::{Wakes, within_deadline};
use futures_lite::future::poll_once;
use step06_server::executor::{block_on, spawn};
use step06_server::select::{Either, select};
use step06_server::time::{Timer, sleep};
use step06_server::yield_now::yield_now;

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_sleep_is_never_early_and_not_very_late() {
    run(async {
        for micros in [0, 1, 10, 900, 999, 1000, 1001, 1999, 2500, 7777] {
            let duration = Duration::from_micros(micros);
            for _ in 0..5 {
                let start = Instant::now();
                sleep(duration).await;
                let slept = start.elapsed();
                assert!(duration <= slept && slept < duration + 5000 * MS, "{slept:?}");
            }
        }
    });
}

#[test]
fn a_timer_gives_the_deadline_that_it_waited_for() {
    run(async {
        let deadline = Instant::now() + 2 * MS;
        assert_eq!(Timer::at(deadline).await, deadline);
    });
}

#[test]
fn a_timer_of_zero_or_of_a_past_deadline_is_ready_at_its_first_poll() {
    run(async {
        assert!(poll_once(Timer::after(Duration::ZERO)).await.is_some());
        assert!(poll_once(sleep(Duration::ZERO)).await.is_some());
        let past = Instant::now() - MS;
        assert_eq!(poll_once(Timer::at(past)).await, Some(past));
    });
}

#[test]
fn a_deadline_that_cannot_be_expressed_never_comes() {
    run(async {
        for never in [Timer::never(), Timer::after(Duration::MAX)] {
            assert!(matches!(
                select(never, Timer::after(2 * MS)).await,
                Either::Right(_)
            ));
        }
        // One that can just be expressed comes in its time.
        let far = Timer::after(Duration::from_secs(u64::from(u32::MAX)));
        assert!(matches!(select(far, Timer::after(2 * MS)).await, Either::Right(_)));
    });
}

#[test]
fn a_timer_counts_from_when_it_was_made() {
    run(async {
        let (timer, asleep) = (Timer::after(2 * MS), sleep(2 * MS));
        thread::sleep(3 * MS);
        assert!(poll_once(timer).await.is_some());
        assert!(poll_once(asleep).await.is_some());
    });
}

#[test]
fn a_timer_that_is_ready_stays_ready() {
    run(async {
        let mut timer = Timer::after(MS);
        let deadline = (&mut timer).await;
        assert_eq!(poll_once(&mut timer).await, Some(deadline));
    });
}

#[test]
fn timers_fire_in_the_order_of_their_deadlines() {
    run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        // Far enough away that all are set before the first one fires.
        let start = Instant::now() + 100 * MS;
        let tasks = [3, 1, 4, 1, 5, 9, 2, 6].map(|n| {
            let log = log.clone();
            spawn(async move {
                Timer::at(start + n * MS).await;
                log.borrow_mut().push(n);
            })
        });
        for task in tasks {
            task.await;
        }
        assert_eq!(*log.borrow(), [1, 1, 2, 3, 4, 5, 6, 9]);
    });
}

#[test]
fn timers_of_one_deadline_fire_in_the_order_in_which_they_were_set() {
    run(async {
        let deadline = Instant::now() + 20 * MS;
        let log = Rc::new(RefCell::new(Vec::new()));
        let start = |n| {
            let log = log.clone();
            spawn(async move {
                Timer::at(deadline).await;
                log.borrow_mut().push(n);
            })
        };
        let (given_up, first) = (start(0), start(1));
        yield_now().await;
        // Whatever place this one leaves, the next one is not earlier for it.
        drop(given_up);
        let second = start(2);
        first.await;
        second.await;
        assert_eq!(*log.borrow(), [1, 2]);
    });
}

#[test]
fn an_earlier_timer_that_is_set_later_is_not_kept_waiting() {
    run(async {
        let _long = spawn(sleep(HOUR));
        yield_now().await;
        sleep(2 * MS).await;
        let task = spawn(sleep(2 * MS));
        task.await;
    });
}

#[test]
fn a_wake_from_another_thread_ends_the_wait_for_a_timer() {
    run(async {
        let (sender, wakers) = std::sync::mpsc::channel::<Waker>();
        let thread = thread::spawn(move || wakers.recv().expect("it was polled").wake());
        let mut polls = 0;
        let woken = poll_fn(|cx| {
            polls += 1;
            let _ = sender.send(cx.waker().clone());
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        });
        assert_eq!(select(woken, Timer::after(HOUR)).await, Either::Left(()));
        thread.join().expect("no panic");
    });
}

#[test]
fn of_two_wakers_that_wait_for_a_timer_the_last_one_is_woken() {
    run(async {
        let mut timer = Timer::after(100 * MS);
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            assert!(
                Pin::new(&mut timer).poll(&mut Context::from_waker(waker)).is_pending()
            );
        }
        sleep(100 * MS).await;
        assert_eq!((first.count(), last.count()), (0, 1));
        assert!(poll_once(timer).await.is_some());
    });
}

#[test]
fn a_timer_that_is_dropped_wakes_nobody_and_keeps_no_waker() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut timer = Timer::after(100 * MS);
        assert!(Pin::new(&mut timer).poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(timer);
        assert_eq!(Arc::strong_count(&wakes), 2);
        sleep(101 * MS).await;
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn many_timers_that_are_dropped_do_not_disturb_those_that_stay() {
    run(async {
        let start = Instant::now() + 100 * MS;
        let stay = [1, 2, 3].map(|n| spawn(Timer::at(start + n * MS)));
        yield_now().await;
        for round in 0..20 {
            let mut timers: Vec<_> =
                (0..500).map(|_| Timer::after(MS / 2 * round)).collect();
            for timer in &mut timers {
                let _ = poll_once(timer).await;
            }
            // Half of them at once, from the middle; the others with their vector.
            timers.drain(100..350);
        }
        for (n, task) in (1..).zip(stay) {
            assert_eq!(task.await, start + n * MS);
        }
    });
}

#[test]
fn a_timer_may_outlive_its_runtime_and_go_on_in_the_next() {
    let deadline = Instant::now() + 100 * MS;
    let (wakes, waker) = Wakes::new();
    let timers = run(async {
        [(); 2].map(|()| {
            let mut timer = Timer::at(deadline);
            assert!(
                Pin::new(&mut timer).poll(&mut Context::from_waker(&waker)).is_pending()
            );
            timer
        })
    });
    let [dropped, goes_on] = timers;
    drop(dropped);
    assert_eq!(run(goes_on), deadline);
    assert!(Instant::now() >= deadline);
    assert_eq!(wakes.count(), 0, "that runtime was gone");
}

#[test]
fn a_timer_shows_its_deadline() {
    assert_eq!(format!("{:?}", Timer::never()), "Timer { deadline: None, .. }");
}

#[test]
#[should_panic(expected = "a timer needs a runtime: await it inside `block_on`")]
fn a_timer_outside_block_on_panics() {
    futures_lite::future::block_on(Timer::after(HOUR));
}
