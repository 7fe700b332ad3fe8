//! Timers fire in order, and the wait of the thread ends for them.

use std::{
    cell::RefCell,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::{atomic::Ordering, mpsc},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use step::runtime::{
    Either, select, spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{
    callback::{callback_waker, has_next, run_next, set_next},
    tasks::run,
};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

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

fn poll_with(timer: &mut Timer, waker: &Waker) {
    assert!(Pin::new(timer).poll(&mut Context::from_waker(waker)).is_pending());
}

#[test]
fn a_waker_may_set_a_timer_when_it_is_woken() {
    run(async {
        let (calls, waker) = callback_waker(run_next);
        let mut timer = Timer::after(5 * MS);
        poll_with(&mut timer, &waker);
        set_next(|| poll_with(&mut Timer::after(HOUR), Waker::noop()));
        sleep(6 * MS).await;
        assert!(calls.load(Ordering::SeqCst) >= 1);
        assert!(!has_next(), "it has set the timer");
    });
}

#[test]
#[should_panic(expected = "a timer needs a runtime: await it in")]
fn a_timer_outside_block_on_panics() {
    futures_lite::future::block_on(Timer::after(HOUR));
}
