//! The line of waiters is fair: tasks that wait again and again are served equally often,
//! and a waiter that does not poll does not hold up the others.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io::{self, Write},
    net,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use futures_lite::{AsyncRead, AsyncReadExt};
use step::runtime::{
    Task,
    net::{TcpListener, TcpStream},
    spawn, yield_now,
};

use crate::common::{
    Wakes,
    sockets::{listen, pair},
    tasks::{run, turns},
};

/// The numbers of the tasks that were served, in order.
type Log = Rc<RefCell<Vec<usize>>>;

/// Spawns three tasks, each of which accepts again and again.
fn three_that_accept(listener: &Rc<TcpListener>, log: &Log) -> [Task<()>; 3] {
    [0, 1, 2].map(|number| {
        let (listener, log) = (listener.clone(), log.clone());
        spawn(async move {
            loop {
                listener.accept().await.expect("a peer has connected");
                log.borrow_mut().push(number);
            }
        })
    })
}

/// Spawns three tasks, each of which reads single bytes again and again.
fn three_that_read(stream: &TcpStream, log: &Log) -> [Task<()>; 3] {
    [0, 1, 2].map(|number| {
        let (mut stream, log) = (stream.clone(), log.clone());
        spawn(async move {
            loop {
                stream.read_exact(&mut [0]).await.expect("a byte was sent");
                log.borrow_mut().push(number);
            }
        })
    })
}

/// Waits until this many tasks were served.
async fn until(log: &Log, count: usize) {
    while log.borrow().len() < count {
        yield_now().await;
    }
}

fn counts(log: &Log) -> [usize; 3] {
    [0, 1, 2]
        .map(|number| log.borrow().iter().filter(|&&served| served == number).count())
}

#[test]
fn connections_that_come_one_by_one_are_accepted_in_turn() {
    run(async {
        let ((listener, addr), log) = (listen().await, Log::default());
        let _tasks = three_that_accept(&Rc::new(listener), &log);
        turns().await;
        let mut peers = Vec::new();
        for count in 1..=30 {
            peers.push(net::TcpStream::connect(addr).expect("the listener is there"));
            until(&log, count).await;
        }
        let expected: Vec<usize> = (0..30).map(|n| n % 3).collect();
        assert_eq!(*log.borrow(), expected);
    });
}

#[test]
fn connections_that_come_at_once_are_accepted_in_equal_shares() {
    run(async {
        let ((listener, addr), log) = (listen().await, Log::default());
        let _tasks = three_that_accept(&Rc::new(listener), &log);
        turns().await;
        let _peers =
            [(); 30].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        until(&log, 30).await;
        assert_eq!(counts(&log), [10; 3]);
    });
}

#[test]
fn data_that_was_there_before_the_readers_is_read_in_nearly_equal_shares() {
    run(async {
        let ((stream, mut peer), log) = (pair().await, Log::default());
        peer.write_all(&[7; 300]).expect("the peer is connected");
        turns().await;
        let _tasks = three_that_read(&stream, &log);
        until(&log, 300).await;
        // The first one is alone until it has made all the calls that one turn allows.
        let [first, second, third] = counts(&log);
        assert!(first.abs_diff(second) <= 20 && second.abs_diff(third) <= 1, "{first}");
    });
}

#[test]
fn bytes_that_come_at_once_are_read_in_equal_shares() {
    run(async {
        let ((stream, mut peer), log) = (pair().await, Log::default());
        let _tasks = three_that_read(&stream, &log);
        turns().await;
        for round in 1..=10 {
            peer.write_all(&[7; 300]).expect("the peer is connected");
            until(&log, 300 * round).await;
            assert_eq!(counts(&log), [100 * round; 3]);
        }
    });
}

#[test]
fn a_task_that_comes_late_waits_behind_the_others() {
    run(async {
        let ((stream, mut peer), log) = (pair().await, Log::default());
        let _tasks = three_that_read(&stream, &log);
        turns().await;
        let (mut late, late_log) = (stream.clone(), log.clone());
        let _late = spawn(async move {
            late.read_exact(&mut [0]).await.expect("a byte was sent");
            late_log.borrow_mut().push(3);
        });
        turns().await;
        peer.write_all(b"xxxx").expect("the peer is connected");
        until(&log, 4).await;
        assert_eq!(*log.borrow(), [0, 1, 2, 3]);
    });
}

/// Polls a read of one byte.
fn poll_read(stream: &mut TcpStream, waker: &Waker) -> Poll<io::Result<usize>> {
    Pin::new(stream).poll_read(&mut Context::from_waker(waker), &mut [0])
}

#[test]
fn a_waiter_that_never_polls_again_does_not_hold_up_the_others() {
    run(async {
        let ((stream, mut peer), log) = (pair().await, Log::default());
        let mut idle = stream.clone();
        let (wakes, waker) = Wakes::new();
        assert!(poll_read(&mut idle, &waker).is_pending());
        let _tasks = three_that_read(&stream, &log);
        turns().await;
        for count in 1..=30 {
            peer.write_all(b"x").expect("the peer is connected");
            until(&log, count).await;
        }
        assert_eq!((counts(&log), wakes.count()), ([10; 3], 1));
        // It keeps its place, and can use it when it polls again.
        assert!(poll_read(&mut idle, &waker).is_pending());
        peer.write_all(b"x").expect("the peer is connected");
        while wakes.count() == 1 {
            yield_now().await;
        }
        drop(idle);
        until(&log, 31).await;
    });
}

#[test]
fn a_waiter_that_is_dropped_by_the_one_before_it_leaves_its_turn_to_the_next_one() {
    run(async {
        let ((listener, addr), accepted) = (listen().await, Rc::new(Cell::new(false)));
        let listener = Rc::new(listener);
        let victim = Rc::new(RefCell::new(None::<Task<()>>));
        let accept = |then: Box<dyn FnOnce()>| {
            let listener = listener.clone();
            spawn(async move {
                listener.accept().await.expect("a peer has connected");
                then();
            })
        };
        let slot = victim.clone();
        let first = accept(Box::new(move || drop(slot.take())));
        victim.replace(Some(accept(Box::new(|| panic!("it was cancelled")))));
        let flag = accepted.clone();
        let last = accept(Box::new(move || flag.set(true)));
        turns().await;
        let _peers = [(); 2].map(|()| net::TcpStream::connect(addr).expect("it listens"));
        first.await;
        last.await;
        assert!(accepted.get() && victim.borrow().is_none());
    });
}

/// Reads with a handle that polls in every turn, whether it was woken or not, beside
/// tasks that wait. Returns how often it was served, and how often the others.
async fn read_hastily(waiting: usize) -> (usize, usize) {
    let ((stream, mut peer), log) = (pair().await, Log::default());
    let tasks = three_that_read(&stream, &log);
    let _tasks: Vec<Task<()>> = tasks.into_iter().take(waiting).collect();
    turns().await;
    let (mut hasty, mut served) = (stream.clone(), 0);
    for sent in 1..=100 {
        peer.write_all(b"x").expect("the peer is connected");
        while log.borrow().len() + served < sent {
            let read = poll_fn(|cx| Poll::Ready(poll_read(&mut hasty, cx.waker())));
            served += usize::from(read.await.is_ready());
            yield_now().await;
        }
    }
    (served, log.borrow().len())
}

#[test]
fn a_handle_that_reads_without_a_wake_takes_no_place_of_those_who_wait() {
    run(async {
        for waiting in [1, 3] {
            let (served, others) = read_hastily(waiting).await;
            // It waits in the line like all others, and gets its share and no more.
            assert!(served <= 100 / (waiting + 1) + 5, "{served}, {others} of {waiting}");
        }
    });
}
