//! A waker that panics when it is woken, even with a payload that panics, harms neither
//! the runtime nor the tasks that wait behind it, whatever it waits for.

use std::{
    future::pending,
    io::Write,
    panic::panic_any,
    thread,
    time::{Duration, Instant},
};

use step::runtime::{
    Task, spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{
    Wakes,
    bad_waker::{bad, poll_read, poll_with},
    sockets::pair,
    tasks::{OnDrop, panic_message, run, turns},
};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_bad_waker_of_a_socket_does_not_take_the_wakes_of_the_other_sockets() {
    run(async {
        let mut sockets = Vec::new();
        for _ in 0..6 {
            sockets.push(pair().await);
        }
        let ((wakes, waker), bad) = (Wakes::new(), bad());
        for (number, (stream, _)) in sockets.iter_mut().enumerate() {
            poll_read(stream, if number % 2 == 0 { &bad } else { &waker });
        }
        // All events come in one turn, because nothing else runs meanwhile.
        for (_, peer) in &mut sockets {
            peer.write_all(b"x").expect("the peer is connected");
        }
        while wakes.count() < 3 {
            yield_now().await;
        }
    });
}

#[test]
fn bad_wakers_of_timers_do_not_take_the_other_wakes() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let deadline = Instant::now() + 10 * MS;
        let mut timers = [(); 4].map(|()| Timer::at(deadline));
        for (timer, waker) in timers.iter_mut().zip([&bad(), &waker, &bad(), &waker]) {
            poll_with(timer, waker);
        }
        sleep(10 * MS).await;
        assert_eq!(wakes.count(), 2);
    });
}

#[test]
fn a_bad_waker_that_awaits_a_task_disturbs_nobody() {
    run(async {
        let (wakes, waker) = Wakes::new();
        let mut tasks = [(); 4].map(|()| spawn(yield_now()));
        for (task, waker) in tasks.iter_mut().zip([&bad(), &waker, &bad(), &waker]) {
            poll_with(task, waker);
        }
        turns().await;
        assert_eq!(wakes.count(), 2);
        for task in tasks {
            task.await;
        }
    });
}

#[test]
fn bad_wakers_do_not_hide_the_panic_of_the_main_future() {
    let mut timers = Vec::new();
    let message = panic_message(|| {
        run(async {
            timers.extend([(); 3].map(|()| Timer::after(3_600_000 * MS)));
            timers.iter_mut().for_each(|timer| poll_with(timer, &bad()));
            panic!("the main future");
        })
    });
    assert_eq!(message, "the main future");
}

#[test]
fn a_bad_waker_does_not_end_the_thread_that_wakes_a_task_whose_awaiter_it_is() {
    run(async {
        let mut awaited: Task<()> = spawn(async {
            let mut first = true;
            std::future::poll_fn(|cx| {
                let waker = cx.waker().clone();
                if !std::mem::take(&mut first) {
                    return std::task::Poll::Ready(());
                }
                let woken = thread::spawn(|| waker.wake()).join();
                woken.expect("the wake only queues the task");
                std::task::Poll::Pending
            })
            .await;
        });
        poll_with(&mut awaited, &bad());
        turns().await;
        awaited.await;
    });
}

/// A payload of a panic that panics when it is dropped, and whose payload does so again,
/// this many times.
struct Payload(u32);

impl Drop for Payload {
    fn drop(&mut self) {
        if let Some(left) = self.0.checked_sub(1) {
            panic_any(Payload(left));
        }
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_is_contained() {
    for depth in 0..6 {
        run(async {
            spawn(async move { panic_any(Payload(depth)) }).detach();
            turns().await;
            let task = spawn(async move { panic_any(Payload(depth)) });
            turns().await;
            drop::<Task<()>>(task);
            let thrower = OnDrop(move || panic_any(Payload(depth)));
            let task = spawn(async { (thrower, pending::<()>().await).1 });
            turns().await;
            drop(task);
            assert_eq!(spawn(async { 1 }).await, 1);
        });
    }
}
