//! `select` returns the first output, and it neither polls nor drops more than it should.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn, ready},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use step::runtime::{Either, select};

use crate::common::{Wakes, poll_once};

/// A future that is ready once it was opened, and that shows what happens to it.
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

    fn polls(&self) -> usize {
        self.0.polls.get()
    }

    /// Counts the handles, the future inside a `Select` among them.
    fn handles(&self) -> usize {
        Rc::strong_count(&self.0)
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.polls() + 1);
        if self.0.open.get() {
            return Poll::Ready(());
        }
        self.0.waker.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
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
    assert_eq!(right.polls(), 0);
}

#[test]
fn both_futures_are_polled_each_time_while_neither_is_ready() {
    let (left, right) = (Gate::default(), Gate::default());
    let mut both = select(left.clone(), right.clone());
    for polls in 1..=3 {
        assert!(poll_once(&mut both).is_pending());
        assert_eq!((left.polls(), right.polls()), (polls, polls));
    }
}

#[test]
fn either_future_wakes_the_task_that_awaits_both() {
    for left_is_first in [true, false] {
        let (left, right) = (Gate::default(), Gate::default());
        let mut both = select(left.clone(), right.clone());
        let (wakes, waker) = Wakes::new();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut both).poll(&mut cx).is_pending());
        assert_eq!(wakes.count(), 0);

        let (first, output) = match left_is_first {
            true => (left, Either::Left(())),
            false => (right, Either::Right(())),
        };
        first.open();
        assert_eq!(wakes.count(), 1);
        assert_eq!(Pin::new(&mut both).poll(&mut cx), Poll::Ready(output));
    }
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    let (left, right) = (Gate::default(), Gate::default());
    let mut both = select(left.clone(), right.clone());
    let [(first, first_waker), (last, last_waker)] = [Wakes::new(), Wakes::new()];
    for waker in [first_waker, last_waker] {
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut both).poll(&mut cx).is_pending());
    }
    left.open();
    right.open();
    assert_eq!((first.count(), last.count()), (0, 2));
}

#[test]
fn futures_passed_by_value_are_dropped_with_the_select() {
    let (left, right) = (Gate::default(), Gate::default());
    let both = select(left.clone(), right.clone());
    assert_eq!((left.handles(), right.handles()), (2, 2));
    drop(both);
    assert_eq!((left.handles(), right.handles()), (1, 1));
}

#[test]
fn a_loser_passed_by_reference_continues_where_it_was() {
    let gate = Gate::default();
    let log = RefCell::new(Vec::new());
    let mut slow = pin!(async {
        log.borrow_mut().push("started");
        gate.clone().await;
        log.borrow_mut().push("finished");
        7
    });
    let mut both = select(slow.as_mut(), ready(()));
    assert_eq!(poll_once(&mut both), Poll::Ready(Either::Right(())));
    assert_eq!((gate.polls(), &log.borrow()[..]), (1, &["started"][..]));
    gate.open();
    assert_eq!(poll_once(&mut slow), Poll::Ready(7));
    assert_eq!(*log.borrow(), ["started", "finished"]);
}

#[test]
fn a_message_is_not_lost_when_a_select_is_dropped_between_polls() {
    let (sender, mut receiver) = async_broadcast::broadcast(1);
    {
        let mut received = pin!(receiver.recv());
        let mut both = select(received.as_mut(), pending::<()>());
        assert!(poll_once(&mut both).is_pending());
        sender.try_broadcast(5).expect("the channel has room for one");
    }
    assert_eq!(poll_once(&mut pin!(receiver.recv())), Poll::Ready(Ok(5)));
}

#[test]
fn a_message_is_not_taken_by_the_future_that_loses() {
    let (sender, mut receiver) = async_broadcast::broadcast(1);
    sender.try_broadcast(6).expect("the channel has room for one");
    let won = poll_once(&mut select(ready(()), pin!(receiver.recv())));
    assert_eq!(won, Poll::Ready(Either::Left(())));
    assert_eq!(poll_once(&mut pin!(receiver.recv())), Poll::Ready(Ok(6)));
}

#[test]
fn a_select_can_wait_for_other_selects() {
    let gates: [Gate; 4] = Default::default();
    let [a, b, c, d] = gates.clone();
    let mut all = select(select(a, b), select(c, d));
    assert!(poll_once(&mut all).is_pending());
    gates[2].open();
    assert_eq!(poll_once(&mut all), Poll::Ready(Either::Right(Either::Left(()))));
}

#[test]
fn futures_can_borrow_and_need_not_be_send() {
    let count = Cell::new(0);
    let left = poll_fn(|_| {
        count.set(count.get() + 1);
        if count.get() == 3 { Poll::Ready(&count) } else { Poll::Pending }
    });
    let mut both = select(left, pending::<Rc<()>>());
    assert!(poll_once(&mut both).is_pending());
    assert!(poll_once(&mut both).is_pending());
    let third = poll_once(&mut both);
    assert!(matches!(third, Poll::Ready(Either::Left(count)) if count.get() == 3));
}
