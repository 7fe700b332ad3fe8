//! A waker that sets and cancels timers while the runtime wakes or drops it does no harm.

mod common;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use common::within_deadline;
use step06_server::executor::block_on;
use step06_server::time::{Timer, sleep};

/// What a waker points to that sets timers and cancels them, enough of them for the leftovers to be swept out, whenever
/// it is woken and when it is dropped. It counts how often.
#[derive(Default)]
struct Nosy(Arc<AtomicUsize>);

impl Nosy {
    fn waker() -> (Arc<AtomicUsize>, Waker) {
        let nosy = Nosy::default();
        (nosy.0.clone(), Waker::from(Arc::new(nosy)))
    }

    fn meddle(&self) {
        for _ in 0..200 {
            let mut timer = Timer::after(Duration::from_secs(3600));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        }
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.meddle();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.meddle();
    }
}

#[test]
fn a_waker_that_waits_for_a_timer_may_use_timers() {
    within_deadline(|| {
        block_on(async {
            let deadline = Instant::now() + Duration::from_millis(50);
            let count = |meddled: &AtomicUsize| meddled.load(Ordering::SeqCst);
            let [(replaced, first), (woken, second), (cancelled, third)] =
                [Nosy::waker(), Nosy::waker(), Nosy::waker()];

            let mut timer = Timer::at(deadline);
            assert!(
                Pin::new(&mut timer).poll(&mut Context::from_waker(&first)).is_pending()
            );
            drop(first);
            assert_eq!(count(&replaced), 0);
            assert!(
                Pin::new(&mut timer).poll(&mut Context::from_waker(&second)).is_pending()
            );
            drop(second);
            assert_eq!(count(&replaced), 1);

            let mut other = Timer::at(deadline);
            assert!(
                Pin::new(&mut other).poll(&mut Context::from_waker(&third)).is_pending()
            );
            drop(third);
            drop(other);
            assert_eq!(count(&cancelled), 1);

            sleep(Duration::from_millis(50)).await;
            assert_eq!(count(&woken), 2, "woken, and dropped after that");
            assert_eq!(timer.await, deadline);
        })
    });
}
