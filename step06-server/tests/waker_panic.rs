//! A waker that panics when it is woken harms neither the runtime nor those who wait
//! behind it, whatever it waits for.

use std::{
    cell::Cell,
    future::{Future, pending},
    io::Write,
    net,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_lite::{AsyncRead, future};
use step::runtime::{
    Task, TaskGroup,
    net::TcpStream,
    spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{
    Wakes,
    sockets::{listen, pair},
    tasks::{panic_message, run, turns},
};

const MS: Duration = Duration::from_millis(1);

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

fn bad() -> Waker {
    Waker::from(Arc::new(Bad))
}

fn poll_read(stream: &mut TcpStream, waker: &Waker) {
    let mut cx = Context::from_waker(waker);
    assert!(Pin::new(stream).poll_read(&mut cx, &mut [0]).is_pending());
}

/// Polls a future, which must be pending.
fn poll_with(future: &mut (impl Future + Unpin), waker: &Waker) {
    assert!(Pin::new(future).poll(&mut Context::from_waker(waker)).is_pending());
}

#[test]
fn a_bad_waker_of_a_socket_does_not_take_the_other_wakes() {
    run(async {
        let (stream, mut peer) = pair().await;
        let (wakes, waker) = Wakes::new();
        let mut streams = [(); 4].map(|()| stream.clone());
        for (stream, waker) in streams.iter_mut().zip([&waker, &bad(), &bad(), &waker]) {
            poll_read(stream, waker);
        }
        peer.write_all(b"x").expect("the peer is connected");
        while wakes.count() < 2 {
            yield_now().await;
        }
    });
}

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
fn a_bad_waker_of_an_accept_does_not_take_the_other_wakes() {
    run(async {
        let (listener, addr) = listen().await;
        let mut first = pin!(listener.accept());
        poll_with(&mut first, &bad());
        let mut second = pin!(listener.accept());
        assert!(future::poll_once(&mut second).await.is_none());
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        second.await.expect("the peer has connected");
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
fn bad_wakers_that_join_a_group_do_not_take_the_other_wakes() {
    for cancel in [false, true] {
        run(async {
            let (group, over) = (Rc::new(TaskGroup::new()), Rc::new(Cell::new(false)));
            let ends = over.clone();
            group.spawn(async move {
                while !ends.get() {
                    yield_now().await;
                }
            });
            let (mut first, mut second) = (pin!(group.join()), pin!(group.join()));
            poll_with(&mut first, &bad());
            poll_with(&mut second, &bad());
            let joined = group.clone();
            let third = spawn(async move { joined.join().await });
            turns().await;
            match cancel {
                true => group.cancel(),
                false => over.set(true),
            }
            third.await;
        });
    }
}

#[test]
fn a_bad_waker_that_is_woken_by_a_destructor_keeps_no_task_alive() {
    run(async {
        let (group, over) = (TaskGroup::new(), Rc::new(()));
        for _ in 0..3 {
            let owned = over.clone();
            group.spawn(async { (owned, pending::<()>().await).1 });
        }
        turns().await;
        let mut join = Box::pin(async { group.join().await });
        poll_with(&mut join, &bad());
        group.cancel();
        assert_eq!((group.len(), Rc::strong_count(&over)), (0, 1));
    });
}

#[test]
fn bad_wakers_do_not_take_the_other_wakes_when_the_runtime_ends() {
    let (wakes, waker) = Wakes::new();
    let left = run(async {
        let mut timers = [(); 3].map(|()| Timer::after(3_600_000 * MS));
        let mut tasks = [(); 3].map(|()| spawn(pending::<()>()));
        let (stream, peer) = pair().await;
        let mut streams = [(); 3].map(|()| stream.clone());
        for (number, waker) in [&bad(), &waker, &bad()].into_iter().enumerate() {
            poll_with(&mut timers[number], waker);
            poll_with(&mut tasks[number], waker);
            poll_read(&mut streams[number], waker);
        }
        (timers, tasks, streams, peer)
    });
    assert_eq!(wakes.count(), 3);
    drop(left);
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
