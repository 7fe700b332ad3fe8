//! A subscriber of the trace runs user code in the middle of the runtime. It can use and
//! cancel groups, sockets and timers at every event.

use std::{
    cell::Cell, future::pending, io::Write, net, rc::Rc, task::Poll, time::Duration,
};

use futures_lite::AsyncReadExt;
use step::runtime::{
    TaskGroup, spawn,
    time::{Timer, sleep},
    yield_now,
};

use crate::common::{
    poll_once,
    sockets::{listen, pair},
    tasks::{Drops, OnDrop, turns},
    trace::{at_next, tasks_of, traced},
};

const MS: Duration = Duration::from_millis(1);

/// Every event of the runtime's own thread.
const EVENTS: [&str; 11] = [
    "spawn",
    "poll",
    "pending",
    "ready",
    "cancel",
    "wake",
    "park",
    "register",
    "readiness",
    "timer set",
    "timer fired",
];

/// Owns a value for ever.
async fn own<T>(_owned: T) {
    pending().await
}

#[test]
fn a_subscriber_can_cancel_a_group_when_its_task_is_spawned() {
    traced(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        let cancelled = group.clone();
        at_next("spawn", move || cancelled.cancel());
        group.spawn(own(drops.counter()));
        assert_eq!((group.len(), drops.count()), (0, 1));
        group.join().await;
        turns().await;
    });
}

#[test]
fn a_subscriber_can_spawn_into_a_group_when_its_task_is_spawned() {
    traced(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        let (again, counter) = (group.clone(), drops.counter());
        at_next("spawn", move || again.spawn(own(counter)));
        group.spawn(own(drops.counter()));
        assert_eq!((group.len(), drops.count()), (2, 0));
        turns().await;
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 2));
    });
}

#[test]
fn a_subscriber_can_spawn_into_a_group_when_its_task_is_cancelled() {
    traced(async {
        let (group, drops) = (Rc::new(TaskGroup::new()), Drops::default());
        group.spawn(own(drops.counter()));
        turns().await;
        let (again, counter) = (group.clone(), drops.counter());
        at_next("cancel", move || again.spawn(own(counter)));
        group.cancel();
        assert_eq!((group.len(), drops.count()), (0, 2));
    });
}

#[test]
fn a_member_that_ends_has_no_event_of_a_cancel() {
    let cancelled = tasks_of("cancel", async {
        let group = TaskGroup::new();
        group.spawn(yield_now());
        group.spawn(async {});
        group.join().await;
        turns().await;
    });
    assert!(cancelled.is_empty(), "{cancelled:?}");
}

#[test]
fn a_subscriber_can_cancel_a_group_when_another_one_is_dropped() {
    traced(async {
        let (first, second) = (TaskGroup::new(), Rc::new(TaskGroup::new()));
        let drops = Drops::default();
        for _ in 0..3 {
            first.spawn(own(drops.counter()));
            second.spawn(own(drops.counter()));
        }
        turns().await;
        let cancelled = second.clone();
        at_next("cancel", move || cancelled.cancel());
        drop(first);
        assert_eq!((second.len(), drops.count()), (0, 6));
    });
}

/// Uses every part of the runtime: tasks, groups, sockets and timers.
async fn use_everything(group: &Rc<TaskGroup>) {
    let (mut stream, mut peer) = pair().await;
    let reader = spawn(async move { stream.read_exact(&mut [0]).await });
    let _cancelled = spawn(pending::<()>());
    turns().await;
    peer.write_all(b"x").expect("the peer is connected");
    reader.await.expect("a byte was sent");
    Timer::after(2 * MS).await;
    group.spawn(async {});
    group.join().await;
}

/// Checks that the runtime works while and after a subscriber calls `function` at an
/// event.
fn at_every_event(function: fn(&Rc<TaskGroup>)) {
    for event in EVENTS {
        traced(async {
            let group = Rc::new(TaskGroup::new());
            let called = Rc::new(Cell::new(false));
            let (flag, used) = (called.clone(), group.clone());
            at_next(event, move || {
                function(&used);
                flag.set(true);
            });
            use_everything(&group).await;
            assert!(called.get(), "{event} did not come");
            use_everything(&group).await;
        });
    }
}

#[test]
fn a_subscriber_can_use_groups_at_every_event() {
    at_every_event(|group| {
        group.spawn(yield_now());
        group.cancel();
        let spawns = OnDrop(|| spawn(async {}).detach());
        let dropped = TaskGroup::new();
        dropped.spawn(own(spawns));
    });
}

#[test]
fn a_subscriber_can_open_and_close_sockets_at_every_event() {
    at_every_event(|_| {
        let mut opened = Box::pin(listen());
        let Poll::Ready((listener, addr)) = poll_once(&mut opened) else {
            panic!("a bind does not wait");
        };
        let _peer = net::TcpStream::connect(addr).expect("the listener is there");
        let mut accept = Box::pin(listener.accept());
        assert!(poll_once(&mut accept).is_pending());
    });
}

#[test]
fn a_subscriber_can_set_and_cancel_timers_at_every_event() {
    at_every_event(|_| {
        for _ in 0..200 {
            assert!(poll_once(&mut Timer::after(3_600_000 * MS)).is_pending());
        }
        spawn(sleep(MS)).detach();
    });
}
