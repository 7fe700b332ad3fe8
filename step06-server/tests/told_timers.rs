//! A subscriber of the trace runs user code in the middle of the runtime. It can set and
//! cancel timers at every event of a timer, and when the thread parks.

use std::{cell::RefCell, future::poll_fn, pin::Pin, rc::Rc, task::Poll, time::Duration};

use step::runtime::{
    Either, select, spawn,
    time::{Timer, sleep},
};

use crate::common::{
    poll_once,
    trace::{at_next, traced},
};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_timer_that_is_set_when_the_thread_parks_ends_the_wait() {
    traced(async {
        let timer = Rc::new(RefCell::new(Timer::after(5 * MS)));
        let mut first = true;
        poll_fn(|cx| {
            if !std::mem::take(&mut first) {
                return Pin::new(&mut *timer.borrow_mut()).poll(cx);
            }
            // The first poll sets no timer. The subscriber does, when the thread parks.
            let (timer, waker) = (timer.clone(), cx.waker().clone());
            at_next("park", move || {
                let mut cx = std::task::Context::from_waker(&waker);
                assert!(Pin::new(&mut *timer.borrow_mut()).poll(&mut cx).is_pending());
            });
            Poll::Pending
        })
        .await;
    });
}

#[test]
fn a_subscriber_can_set_and_cancel_timers_at_every_event_of_a_timer() {
    for event in ["timer set", "timer fired"] {
        traced(async {
            let long = Rc::new(RefCell::new(Some(Timer::after(3_600_000 * MS))));
            let cancelled = long.clone();
            let waiting = poll_fn(move |cx| match &mut *long.borrow_mut() {
                Some(timer) => Pin::new(timer).poll(cx).map(drop),
                None => Poll::Pending,
            });
            let waiting = spawn(waiting);
            let nap = spawn(sleep(5 * MS));
            at_next(event, move || {
                for _ in 0..200 {
                    assert!(poll_once(&mut Timer::after(3_600_000 * MS)).is_pending());
                }
                if let Ok(mut timer) = cancelled.try_borrow_mut() {
                    drop(timer.take());
                }
                spawn(sleep(MS)).detach();
            });
            assert_eq!(select(nap, waiting).await, Either::Left(()), "at {event:?}");
        });
    }
}
