//! Several tasks wait for the same request: one signal wakes all of them.
#![cfg(unix)]

use std::{
    cell::Cell,
    future::Future,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Wake, Waker},
};

use futures_lite::future;
use rustix::process::Signal;
use step::runtime::{Task, signal::Termination, spawn, yield_now};

use crate::{
    common::{
        Wakes,
        alone::alone,
        poll_once,
        tasks::{run, turns},
    },
    signal::signals::{send, termination},
};

/// Spawns a task that waits for the request, and then counts.
fn spawn_waiter(termination: &Rc<Termination>, heard: &Rc<Cell<usize>>) -> Task<()> {
    let (termination, heard) = (termination.clone(), heard.clone());
    spawn(async move {
        termination.requested().await.expect("the runtime runs");
        heard.set(heard.get() + 1);
    })
}

#[test]
fn one_signal_is_heard_by_all_who_wait() {
    alone(one_signal_is_heard_by_all_who_wait, || {
        run(async {
            let (first, second) = (termination(), termination());
            let heard = Rc::new(Cell::new(0));
            let mut waiters = Vec::new();
            for _ in 0..3 {
                waiters.push(spawn_waiter(&first, &heard));
                waiters.push(spawn_waiter(&second, &heard));
            }
            turns().await;
            assert_eq!(heard.get(), 0);
            send(Signal::TERM);
            for waiter in waiters {
                waiter.await;
            }
            assert_eq!(heard.get(), 6);
        });
    });
}

#[test]
fn one_signal_is_heard_by_those_who_wait_later() {
    alone(one_signal_is_heard_by_those_who_wait_later, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let first = spawn_waiter(&termination, &heard);
            turns().await;
            send(Signal::TERM);
            first.await;
            for _ in 0..3 {
                spawn_waiter(&termination, &heard).await;
            }
            let polled = future::poll_once(termination.requested()).await;
            assert!(matches!(polled, Some(Ok(()))));
        });
    });
}

#[test]
fn a_wait_that_is_cancelled_after_its_wake_loses_no_signal() {
    alone(a_wait_that_is_cancelled_after_its_wake_loses_no_signal, || {
        run(async {
            let (termination, (wakes, waker)) = (termination(), Wakes::new());
            {
                let mut waits = pin!(termination.requested());
                let polled = waits.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                send(Signal::INT);
                while wakes.count() == 0 {
                    yield_now().await;
                }
            }
            termination.requested().await.expect("the runtime runs");
        });
    });
}

#[test]
fn a_wait_that_is_never_polled_again_does_not_hold_up_the_others() {
    alone(a_wait_that_is_never_polled_again_does_not_hold_up_the_others, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let mut idle = pin!(termination.requested());
            assert!(poll_once(&mut idle).is_pending());
            let waiters = [(); 3].map(|()| spawn_waiter(&termination, &heard));
            turns().await;
            send(Signal::INT);
            for waiter in waiters {
                waiter.await;
            }
        });
    });
}

/// A waker that panics when it is woken.
struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn a_bad_waker_does_not_take_the_wakes_of_the_others() {
    alone(a_bad_waker_does_not_take_the_wakes_of_the_others, || {
        run(async {
            let (termination, heard) = (termination(), Rc::new(Cell::new(0)));
            let mut bad = pin!(termination.requested());
            let waker = Waker::from(Arc::new(Bad));
            assert!(bad.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            let waiter = spawn_waiter(&termination, &heard);
            turns().await;
            send(Signal::INT);
            waiter.await;
        });
    });
}
