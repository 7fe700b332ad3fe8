//! A waker can own what it waits for. The end of the runtime breaks such a cycle, so that
//! neither the descriptor of a socket nor any memory stays behind.
#![allow(unsafe_code)]

use std::{
    any::Any,
    cell::RefCell,
    future::{Future, pending},
    io::Read,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};

use futures_lite::{AsyncRead, AsyncWrite};
use step::runtime::{TaskGroup, block_on, spawn, time::Timer};

use crate::common::{
    sockets::{fill, listen, pair},
    tasks::{Drops, run, turns},
    within_deadline,
};

/// What the waker points to. A waker must be able to cross threads, and this one never
/// does.
#[derive(Default)]
struct Owner {
    owned: RefCell<Vec<Box<dyn Any>>>,
}

static OWNER: RawWakerVTable = RawWakerVTable::new(
    |owner| {
        // SAFETY: The pointer comes from `Rc::into_raw`, and its `Rc` is alive.
        unsafe { Rc::increment_strong_count(owner.cast::<Owner>()) };
        RawWaker::new(owner, &OWNER)
    },
    drop_owner,
    |_| {},
    drop_owner,
);

/// Drops the reference of one waker.
fn drop_owner(owner: *const ()) {
    // SAFETY: The pointer comes from `Rc::into_raw`, and this waker owns one reference.
    drop(unsafe { Rc::from_raw(owner.cast::<Owner>()) });
}

/// Makes a waker that owns something that counts its drop. Whatever is put into the owner
/// is dropped with the last clone of the waker.
fn owning_waker(drops: &Drops) -> (Rc<Owner>, Waker) {
    let owner = Rc::new(Owner::default());
    owner.owned.borrow_mut().push(Box::new(drops.counter()));
    let pointer = Rc::into_raw(owner.clone()).cast();
    // SAFETY: The functions of the table keep the count of references. No waker of these
    // tests leaves its thread.
    (owner, unsafe { Waker::from_raw(RawWaker::new(pointer, &OWNER)) })
}

#[test]
fn a_stream_whose_reader_owns_it_is_closed_at_the_end() {
    let drops = Drops::default();
    let mut peer = run(async {
        let (mut stream, peer) = pair().await;
        let (owner, waker) = owning_waker(&drops);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        owner.owned.borrow_mut().push(Box::new(stream));
        peer
    });
    assert_eq!(drops.count(), 1);
    let closed = within_deadline(|| peer.read(&mut [0]));
    assert_eq!(closed.expect("the stream was closed"), 0);
}

#[test]
fn a_stream_whose_clones_own_it_is_closed_at_the_end() {
    let drops = Drops::default();
    let mut peer = run(async {
        let (stream, peer) = pair().await;
        for _ in 0..3 {
            let (owner, waker) = owning_waker(&drops);
            let (mut clone, mut cx) = (stream.clone(), Context::from_waker(&waker));
            assert!(Pin::new(&mut clone).poll_read(&mut cx, &mut [0]).is_pending());
            owner.owned.borrow_mut().push(Box::new(clone));
        }
        peer
    });
    assert_eq!(drops.count(), 3);
    let closed = within_deadline(|| peer.read(&mut [0]));
    assert_eq!(closed.expect("the stream was closed"), 0);
}

#[test]
fn a_stream_whose_writer_owns_it_is_closed_at_the_end() {
    let drops = Drops::default();
    run(async {
        let (mut stream, peer) = pair().await;
        fill(&mut stream).await;
        let (owner, waker) = owning_waker(&drops);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_write(&mut cx, &[0]).is_pending());
        owner.owned.borrow_mut().push(Box::new((stream, peer)));
    });
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_listener_whose_acceptor_owns_it_is_closed_at_the_end() {
    let drops = Drops::default();
    let addr = run(async {
        let (listener, addr) = listen().await;
        let (owner, waker) = owning_waker(&drops);
        let mut accept = Box::pin(async move { listener.accept().await.map(drop) });
        let polled = accept.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        owner.owned.borrow_mut().push(Box::new(accept));
        addr
    });
    assert_eq!(drops.count(), 1);
    assert!(std::net::TcpStream::connect(addr).is_err(), "the listener is still there");
}

#[test]
fn a_timer_whose_waker_owns_it_is_freed_at_the_end() {
    let drops = Drops::default();
    run(async {
        let (owner, waker) = owning_waker(&drops);
        let mut timer = Timer::after(std::time::Duration::from_secs(3600));
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
        owner.owned.borrow_mut().push(Box::new(timer));
    });
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_task_whose_awaiter_owns_its_handle_is_freed_at_the_end() {
    let (drops, futures) = (Drops::default(), Drops::default());
    run(async {
        let (owner, waker) = owning_waker(&drops);
        let counter = futures.counter();
        let mut task = spawn(async { (counter, pending::<()>().await).1 });
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        owner.owned.borrow_mut().push(Box::new(task));
        turns().await;
        assert_eq!(futures.count(), 0);
    });
    assert_eq!((drops.count(), futures.count()), (1, 1));
}

#[test]
fn a_group_whose_joiner_owns_it_is_freed_at_the_end() {
    let drops = Drops::default();
    run(async {
        let group = Rc::new(TaskGroup::new());
        group.spawn(pending());
        let (owner, waker) = owning_waker(&drops);
        let mut join = Box::pin(async move { group.join().await });
        let mut cx = Context::from_waker(&waker);
        assert!(join.as_mut().poll(&mut cx).is_pending());
        owner.owned.borrow_mut().push(Box::new(join));
        turns().await;
    });
    assert_eq!(drops.count(), 1);
}

#[test]
fn what_a_waker_owns_can_be_used_after_the_end() {
    let drops = Drops::default();
    let mut task = block_on(async {
        let (owner, waker) = owning_waker(&drops);
        let mut task = spawn(async { 5 });
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        turns().await;
        drop(owner);
        [task]
    });
    let polled = Pin::new(&mut task[0]).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!((polled, drops.count()), (Poll::Ready(5), 1));
}
