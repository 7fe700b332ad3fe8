//! The thread waits in the poller, and `Thread::unpark` does not end that wait.

use std::{future::poll_fn, mem, task::Poll, thread, time::Duration};

use crate::common::trace::tasks_of;

#[test]
fn an_unpark_of_the_thread_does_not_end_the_wait() {
    let parks = tasks_of("park", async {
        let mut first = true;
        let until_woken = poll_fn(|cx| {
            if !mem::take(&mut first) {
                return Poll::Ready(());
            }
            // A library that parks this thread can leave such an unpark behind.
            thread::current().unpark();
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(50));
                waker.wake();
            });
            Poll::Pending
        });
        until_woken.await;
    });
    assert_eq!(parks.len(), if cfg!(debug_assertions) { 1 } else { 0 });
}
