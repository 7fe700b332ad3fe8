//! Panics of values that a task leaves behind: its output, the payload of its panic, and
//! what is dropped at the end of `block_on`. The runtime contains each of them.

use std::{pin::Pin, task::Context};

use futures_lite::future::poll_once;
use step::runtime::{Task, spawn, yield_now};

use crate::common::{
    Wakes,
    tasks::{Drops, OnDrop, panic_message, run, spawn_owner, turns},
};

/// An output that counts its drop, and panics then.
type Bomb = OnDrop<Box<dyn FnMut()>>;

fn bomb(drops: &Drops) -> Bomb {
    let mut counter = Some(drops.counter());
    OnDrop(Box::new(move || {
        drop(counter.take());
        panic!("in the destructor of an output");
    }))
}

/// Spawns a task with such an output, and waits until it has ended.
async fn ended(drops: &Drops) -> Task<Bomb> {
    let output = bomb(drops);
    let task = spawn(async { output });
    turns().await;
    task
}

#[test]
fn dropping_the_handle_of_an_ended_task_contains_a_panic_of_its_output() {
    run(async {
        let drops = Drops::default();
        drop(ended(&drops).await);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn detaching_an_ended_task_contains_a_panic_of_its_output() {
    run(async {
        let drops = Drops::default();
        ended(&drops).await.detach();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn the_end_of_a_detached_task_contains_a_panic_of_its_output() {
    run(async {
        let drops = Drops::default();
        let output = bomb(&drops);
        spawn(async { output }).detach();
        turns().await;
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_that_cancels_itself_and_ends_contains_a_panic_of_its_output() {
    run(async {
        let drops = Drops::default();
        let slot = std::rc::Rc::new(std::cell::RefCell::new(None::<Task<Bomb>>));
        let (handle, output) = (slot.clone(), bomb(&drops));
        let task = spawn(async move {
            drop(handle.take());
            output
        });
        slot.replace(Some(task));
        turns().await;
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn handles_that_outlive_their_runtime_contain_panics_of_the_outputs() {
    let drops = Drops::default();
    let [dropped, detached] = run(async { [ended(&drops).await, ended(&drops).await] });
    drop(dropped);
    detached.detach();
    assert_eq!(drops.count(), 2);
}

#[test]
fn a_handle_dropped_by_a_panic_contains_a_panic_of_its_output() {
    let drops = Drops::default();
    let message = panic_message(|| {
        run(async {
            let _dropped_by_the_panic = ended(&drops).await;
            panic!("the main future");
        })
    });
    // A panic that leaves a destructor while another one unwinds would abort the process.
    assert_eq!(message, "the main future");
    assert_eq!(drops.count(), 1);
}

#[test]
fn an_awaited_output_panics_where_the_awaiter_drops_it() {
    run(async {
        let drops = Drops::default();
        let output = ended(&drops).await.await;
        assert_eq!(panic_message(|| drop(output)), "in the destructor of an output");
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn an_output_that_panics_keeps_no_awaiter_waiting() {
    run(async {
        let drops = Drops::default();
        // The task behind `first` ends and panics in the drop of its output, in the same
        // turn in which another task ends that is awaited.
        let output = bomb(&drops);
        spawn(async { output }).detach();
        let (wakes, waker) = Wakes::new();
        let mut second = spawn(async { 2 });
        let polled = Pin::new(&mut second).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        turns().await;
        assert_eq!((drops.count(), wakes.count()), (1, 1));
        assert_eq!(poll_once(second).await, Some(2));
    });
}

#[test]
fn panics_of_destructors_at_the_end_keep_no_task_alive() {
    let drops = Drops::default();
    let output = run(async {
        for _ in 0..3 {
            spawn_owner(bomb(&drops)).detach();
        }
        yield_now().await;
        5
    });
    assert_eq!((output, drops.count()), (5, 3));
}

#[test]
fn panics_of_destructors_at_the_end_do_not_hide_the_panic_of_the_main_future() {
    let drops = Drops::default();
    let message = panic_message(|| {
        run(async {
            spawn_owner(bomb(&drops)).detach();
            yield_now().await;
            panic!("the main future");
        })
    });
    assert_eq!((message.as_str(), drops.count()), ("the main future", 1));
}
