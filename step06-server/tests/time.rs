//! Timers: when they fire, in which order, and which waker they wake.

use std::{
    cell::RefCell,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::{Arc, mpsc},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_lite::future::poll_once;
use step::runtime::{
    Either, select, spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{Wakes, tasks::run};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_sleep_never_ends_early() {
    run(async {
        for micros in [0, 1, 10, 900, 999, 1000, 1001, 1999, 2500, 7777] {
            let duration = Duration::from_micros(micros);
            for _ in 0..5 {
                let start = Instant::now();
                sleep(duration).await;
                let slept = start.elapsed();
                // On a busy machine a sleep ends late, but not by seconds.
                assert!(duration <= slept && slept < duration + 5000 * MS, "{slept:?}");
            }
        }
    });
}

#[test]
fn a_timer_returns_its_deadline() {
    run(async {
        let deadline = Instant::now() + 2 * MS;
        assert_eq!(Timer::at(deadline).await, deadline);
    });
}

#[test]
fn a_sleep_of_zero_is_ready_at_its_first_poll() {
    run(async {
        assert!(poll_once(Timer::after(Duration::ZERO)).await.is_some());
        assert!(poll_once(sleep(Duration::ZERO)).await.is_some());
    });
}

#[test]
fn a_past_deadline_is_ready_at_its_first_poll() {
    run(async {
        let past = Instant::now() - MS;
        assert_eq!(poll_once(Timer::at(past)).await, Some(past));
    });
}

#[test]
fn a_duration_that_no_deadline_can_express_never_ends() {
    run(async {
        for never in [Timer::never(), Timer::after(Duration::MAX)] {
            let first = select(never, Timer::after(2 * MS)).await;
            assert!(matches!(first, Either::Right(_)));
        }
    });
}

#[test]
fn a_very_long_duration_does_not_disturb_a_short_one() {
    run(async {
        let long = Timer::after(Duration::from_secs(u64::from(u32::MAX)));
        assert!(matches!(select(long, Timer::after(2 * MS)).await, Either::Right(_)));
    });
}

#[test]
fn the_time_of_a_timer_starts_when_the_timer_is_made() {
    run(async {
        let (timer, asleep) = (Timer::after(2 * MS), sleep(2 * MS));
        thread::sleep(3 * MS);
        assert!(poll_once(timer).await.is_some());
        assert!(poll_once(asleep).await.is_some());
    });
}

#[test]
fn a_timer_that_has_fired_stays_ready() {
    run(async {
        let mut timer = Timer::after(MS);
        let deadline = (&mut timer).await;
        assert_eq!(poll_once(&mut timer).await, Some(deadline));
    });
}

/// What several tasks have done, in order.
type Log = Rc<RefCell<Vec<u32>>>;

#[test]
fn timers_fire_in_the_order_of_their_deadlines() {
    run(async {
        let log = Log::default();
        // This is late enough for all timers to be set before the first one fires.
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
fn timers_with_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    run(async {
        let deadline = Instant::now() + 20 * MS;
        let log = Log::default();
        let start = |n| {
            let log = log.clone();
            spawn(async move {
                Timer::at(deadline).await;
                log.borrow_mut().push(n);
            })
        };
        let (cancelled, first) = (start(0), start(1));
        yield_now().await;
        // The next timer reuses the slot of this one, and still comes after the first.
        drop(cancelled);
        let second = start(2);
        first.await;
        second.await;
        assert_eq!(*log.borrow(), [1, 2]);
    });
}

#[test]
fn a_timer_with_an_earlier_deadline_can_be_set_later() {
    run(async {
        let _long = spawn(sleep(HOUR));
        yield_now().await;
        sleep(2 * MS).await;
        spawn(sleep(2 * MS)).await;
    });
}

#[test]
fn a_wake_from_another_thread_ends_the_wait_for_a_timer() {
    run(async {
        let (sender, wakers) = mpsc::channel::<Waker>();
        let thread = thread::spawn(move || wakers.recv().expect("a poll").wake());
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
fn a_timer_that_is_polled_with_two_wakers_wakes_the_last_one() {
    run(async {
        let mut timer = Timer::after(100 * MS);
        let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
        for waker in [&first_waker, &last_waker] {
            let mut cx = Context::from_waker(waker);
            assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        }
        sleep(100 * MS).await;
        assert_eq!((first.count(), last.count()), (0, 1));
        assert!(poll_once(timer).await.is_some());
    });
}

#[test]
fn a_dropped_timer_wakes_no_task_and_drops_its_waker() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut timer = Timer::after(100 * MS);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(timer);
        assert_eq!(Arc::strong_count(&wakes), 2);
        sleep(101 * MS).await;
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn a_stale_timer_does_not_cancel_the_one_that_reuses_its_slot() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut fired = Timer::after(MS);
        (&mut fired).await;
        // This one takes the slot of the timer that has fired.
        let mut timer = Timer::after(20 * MS);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        drop(fired);
        sleep(21 * MS).await;
        assert_eq!(wakes.count(), 1);
    });
}

#[test]
fn many_dropped_timers_do_not_disturb_the_others() {
    run(async {
        let start = Instant::now() + 100 * MS;
        let stay = [1, 2, 3].map(|n| spawn(Timer::at(start + n * MS)));
        yield_now().await;
        for round in 0..20 {
            let timers = (0..500).map(|_| Timer::after(MS / 2 * round));
            let mut timers: Vec<_> = timers.collect();
            for timer in &mut timers {
                let _ = poll_once(timer).await;
            }
            // Half of them are dropped from the middle, the others with their vector.
            timers.drain(100..350);
        }
        for (n, task) in (1..).zip(stay) {
            assert_eq!(task.await, start + n * MS);
        }
    });
}

#[test]
fn the_debug_output_of_a_timer_shows_its_deadline() {
    assert_eq!(format!("{:?}", Timer::never()), "Timer { deadline: None, .. }");
}

#[test]
#[should_panic(expected = "a timer needs a runtime: await it in")]
fn a_timer_outside_block_on_panics() {
    futures_lite::future::block_on(Timer::after(HOUR));
}
