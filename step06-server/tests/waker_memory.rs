//! Wakers that outlive their runtime: waking them leaves no memory behind. This test
//! needs a process of its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::{cell::RefCell, future::poll_fn, rc::Rc, task::Poll, thread};

use step::runtime::{spawn, yield_now};

use crate::common::{alone::alone, memory::memory, tasks::run};

/// How many tasks there are. If each wake left one word, it would show.
const COUNT: usize = 200_000;

#[test]
fn wakes_after_the_end_leave_no_memory_behind() {
    alone(wakes_after_the_end_leave_no_memory_behind, || {
        let wakers = Rc::new(RefCell::new(Vec::new()));
        run(async {
            for _ in 0..COUNT {
                let wakers = wakers.clone();
                // A task that has ended is not woken any more when the runtime ends. So
                // the wake after the end is the first one, and reaches the inbox.
                let ends = poll_fn(move |cx| {
                    wakers.borrow_mut().push(cx.waker().clone());
                    Poll::Ready(())
                });
                spawn(ends).detach();
            }
            while wakers.borrow().len() < COUNT {
                yield_now().await;
            }
        });
        let wakers = wakers.take();
        let before = memory();
        for waker in &wakers[..COUNT / 2] {
            waker.wake_by_ref();
        }
        let thread = thread::spawn(move || {
            for waker in &wakers[COUNT / 2..] {
                waker.wake_by_ref();
            }
            wakers
        });
        let wakers = thread.join().expect("a wake does not panic");
        let more = memory().saturating_sub(before);
        assert!(more < 512, "{more} KiB more");
        drop(wakers);
    });
}
