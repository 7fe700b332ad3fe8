//! A timer that is polled again still has one place among the timers, and wakes the waker
//! of its last poll.

use std::{pin::Pin, task::Context, time::Duration};

use futures_lite::future::poll_once;
use step::runtime::time::{Timer, sleep};

use crate::common::{Wakes, tasks::run};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_timer_that_is_polled_many_times_wakes_its_task_once() {
    run(async {
        let mut timer = Timer::after(100 * MS);
        let (wakes, waker) = Wakes::new();
        let mut cx = Context::from_waker(&waker);
        for _ in 0..1000 {
            assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        }
        sleep(100 * MS).await;
        assert_eq!(wakes.count(), 1);
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
