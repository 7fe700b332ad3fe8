//! `select` gives the output of the first future that is ready, and neither loses nor forgets the other one.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn, ready},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use common::Wakes;
use step06_server::select::{Either, select};

/// A future that is ready when it is told so, and shows what becomes of it.
#[derive(Clone, Default)]
struct Gate(Rc<State>);

#[derive(Default)]
struct State {
    open: Cell<bool>,
    polls: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    fn open(&self) {
        self.0.open.set(true);
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.0.polls.get() + 1);
        if self.0.open.get() {
            return Poll::Ready(());
        }
        self.0.waker.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn the_left_future_wins_when_both_are_ready() {
    let mut both = select(ready('l'), ready('r'));
    assert_eq!(poll_once(&mut both), Poll::Ready(Either::Left('l')));
}

#[test]
fn the_right_future_wins_when_only_it_is_ready() {
    let mut both = select(pending::<char>(), ready('r'));
    assert_eq!(poll_once(&mut both), Poll::Ready(Either::Right('r')));
}

#[test]
fn the_right_future_is_not_polled_when_the_left_one_is_ready() {
    let right = Gate::default();
    let mut both = select(ready(()), right.clone());
    assert!(poll_once(&mut both).is_ready());
    assert_eq!(right.0.polls.get(), 0);
}

#[test]
fn both_are_polled_each_time_while_neither_is_ready() {
    let (left, right) = (Gate::default(), Gate::default());
    let mut both = select(left.clone(), right.clone());
    for polls in 1..=3 {
        assert!(poll_once(&mut both).is_pending());
        assert_eq!((left.0.polls.get(), right.0.polls.get()), (polls, polls));
    }
}

#[test]
fn either_future_wakes_the_task_that_awaits_both() {
    for left_comes_first in [true, false] {
        let (left, right) = (Gate::default(), Gate::default());
        let mut both = select(left.clone(), right.clone());
        let (wakes, waker) = Wakes::new();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut both).poll(&mut cx).is_pending());
        assert_eq!(wakes.count(), 0);

        let (first, expected) = match left_comes_first {
            true => (left, Either::Left(())),
            false => (right, Either::Right(())),
        };
        first.open();
        assert_eq!(wakes.count(), 1);
        assert_eq!(Pin::new(&mut both).poll(&mut cx), Poll::Ready(expected));
    }
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let (left, right) = (Gate::default(), Gate::default());
    let mut both = select(left.clone(), right.clone());
    let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
    assert!(
        Pin::new(&mut both).poll(&mut Context::from_waker(&first_waker)).is_pending()
    );
    assert!(Pin::new(&mut both).poll(&mut Context::from_waker(&last_waker)).is_pending());
    left.open();
    right.open();
    assert_eq!((first.count(), last.count()), (0, 2));
}

#[test]
fn what_is_passed_by_value_is_dropped_with_the_select() {
    let (left, right) = (Gate::default(), Gate::default());
    let both = select(left.clone(), right.clone());
    assert_eq!((Rc::strong_count(&left.0), Rc::strong_count(&right.0)), (2, 2));
    drop(both);
    assert_eq!((Rc::strong_count(&left.0), Rc::strong_count(&right.0)), (1, 1));
}

#[test]
fn the_future_that_lost_can_be_polled_on_if_it_was_passed_by_reference() {
    let gate = Gate::default();
    let log = RefCell::new(Vec::new());
    let mut slow = pin!(async {
        log.borrow_mut().push("begun");
        gate.clone().await;
        log.borrow_mut().push("ended");
        7
    });
    let mut both = select(slow.as_mut(), ready(()));
    assert_eq!(poll_once(&mut both), Poll::Ready(Either::Right(())));
    assert_eq!((gate.0.polls.get(), &log.borrow()[..]), (1, &["begun"][..]));
    gate.open();
    assert_eq!(poll_once(&mut slow), Poll::Ready(7));
    assert_eq!(*log.borrow(), ["begun", "ended"]);
}

#[test]
fn nothing_that_was_ready_gets_lost_when_a_select_is_dropped_between_polls() {
    let (sender, mut receiver) = async_broadcast::broadcast(1);
    {
        let mut received = pin!(receiver.recv());
        let mut both = select(received.as_mut(), pending::<()>());
        assert!(poll_once(&mut both).is_pending());
        sender.try_broadcast(5).expect("there is room for one");
    }
    assert_eq!(poll_once(&mut pin!(receiver.recv())), Poll::Ready(Ok(5)));
    // Nor is anything taken from the right one when the left one wins.
    sender.try_broadcast(6).expect("there is room for one");
    let won = poll_once(&mut select(ready(()), pin!(receiver.recv())));
    assert_eq!(won, Poll::Ready(Either::Left(())));
    assert_eq!(poll_once(&mut pin!(receiver.recv())), Poll::Ready(Ok(6)));
}

#[test]
fn a_select_may_wait_for_selects() {
    let gates: [Gate; 4] = Default::default();
    let [a, b, c, d] = gates.clone();
    let mut all = select(select(a, b), select(c, d));
    assert!(poll_once(&mut all).is_pending());
    gates[2].open();
    assert_eq!(poll_once(&mut all), Poll::Ready(Either::Right(Either::Left(()))));
}

#[test]
fn futures_may_borrow_and_need_not_be_send() {
    let count = Cell::new(0);
    let left = poll_fn(|_| {
        count.set(count.get() + 1);
        if count.get() == 3 { Poll::Ready(&count) } else { Poll::Pending }
    });
    let mut both = select(left, pending::<Rc<()>>());
    assert!(poll_once(&mut both).is_pending());
    assert!(poll_once(&mut both).is_pending());
    assert!(
        matches!(poll_once(&mut both), Poll::Ready(Either::Left(count)) if count.get() == 3)
    );
}
