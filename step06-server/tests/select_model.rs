//! `select` against a model: random trees of selects over futures that become ready, stay
//! pending, or panic.

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use proptest::{
    prelude::{Just, Strategy, prop_oneof, proptest},
    prop_assert_eq,
};
use step::runtime::{Either, select};

use crate::common::{Wakes, config};

/// How a future ends.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The poll with this number returns `Ready`.
    Ready(usize),
    /// The poll with this number panics.
    Panics(usize),
    /// Every poll returns `Pending`.
    Never,
}

/// A future, or a `select` over two trees.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Fate),
    Pair(Box<Tree>, Box<Tree>),
}

/// What happened to the future with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Polled(usize),
    Dropped(usize),
}

type Log = Rc<RefCell<Vec<Event>>>;

/// A future whose output is the number of the leaf that was ready.
type Numbered = Pin<Box<dyn Future<Output = usize>>>;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => (1..6usize).prop_map(Fate::Ready),
        2 => Just(Fate::Never),
        1 => (1..6usize).prop_map(Fate::Panics),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    fate().prop_map(Tree::Leaf).prop_recursive(4, 16, 2, |tree| {
        (tree.clone(), tree)
            .prop_map(|(left, right)| Tree::Pair(left.into(), right.into()))
    })
}

struct Leaf {
    number: usize,
    fate: Fate,
    polls: usize,
    log: Log,
}

impl Future for Leaf {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        self.log.borrow_mut().push(Event::Polled(self.number));
        self.polls += 1;
        match self.fate {
            Fate::Ready(poll) if poll == self.polls => Poll::Ready(self.number),
            // Unlike `panic!`, this does not print a report.
            Fate::Panics(poll) if poll == self.polls => {
                resume_unwind(Box::new(self.number))
            }
            _ => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        self.log.borrow_mut().push(Event::Dropped(self.number));
    }
}

/// Makes the future for a tree. Numbers its leaves from left to right, and pushes their
/// fates to `fates` in this order.
fn make(tree: &Tree, fates: &mut Vec<Fate>, log: &Log) -> Numbered {
    match tree {
        Tree::Leaf(fate) => {
            let number = fates.len();
            fates.push(*fate);
            Box::pin(Leaf { number, fate: *fate, polls: 0, log: log.clone() })
        }
        Tree::Pair(left, right) => {
            let left = make(left, fates, log);
            let first_right = fates.len();
            let mut both = select(left, make(right, fates, log));
            Box::pin(poll_fn(move |cx| {
                Pin::new(&mut both).poll(cx).map(|output| match output {
                    Either::Left(number) if number < first_right => number,
                    Either::Right(number) if number >= first_right => number,
                    wrong => panic!("an output of the other side: {wrong:?}"),
                })
            }))
        }
    }
}

/// The number of the leaf that was ready, or of the leaf that panicked.
type Outcome = Result<usize, usize>;

/// The model: polls the leaves in order, `polls` times, until one of them ends.
fn model(fates: &[Fate], polls: usize) -> (Vec<Event>, Option<Outcome>) {
    let mut events = Vec::new();
    for poll in 1..=polls {
        for (number, fate) in fates.iter().enumerate() {
            events.push(Event::Polled(number));
            match *fate {
                Fate::Ready(at) if at == poll => return (events, Some(Ok(number))),
                Fate::Panics(at) if at == poll => return (events, Some(Err(number))),
                _ => {}
            }
        }
    }
    (events, None)
}

/// Polls a future at most `polls` times. Returns how that ended, and how often the waker
/// was woken.
fn poll<F>(future: &mut F, polls: usize) -> (Option<Result<F::Output, usize>>, usize)
where
    F: Future + Unpin,
{
    let (wakes, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    for _ in 0..polls {
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut *future).poll(&mut cx))) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(output)) => return (Some(Ok(output)), wakes.count()),
            Err(panic) => {
                let number = panic.downcast::<usize>().expect("the panic of a leaf");
                return (Some(Err(*number)), wakes.count());
            }
        }
    }
    (None, wakes.count())
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn a_tree_of_selects_polls_its_leaves_in_order(tree in tree(), polls in 0..8usize) {
        let (log, mut fates) = (Log::default(), Vec::new());
        let mut future = make(&tree, &mut fates, &log);
        let (outcome, wakes) = poll(&mut future, polls);
        let (events, expected) = model(&fates, polls);
        prop_assert_eq!(outcome, expected);
        prop_assert_eq!(&*log.borrow(), &events);
        // Every poll that returned `Pending` got the waker of the task.
        prop_assert_eq!(wakes, events.len() - usize::from(outcome.is_some()));
        // All leaves are dropped with the `select`, each once, and none before.
        drop(future);
        let mut dropped = log.borrow()[events.len()..].to_vec();
        dropped.sort_unstable();
        let all: Vec<Event> = (0..fates.len()).map(Event::Dropped).collect();
        prop_assert_eq!(dropped, all);
    }

    #[test]
    fn a_loser_passed_by_reference_keeps_its_progress(
        left in 1..6usize,
        right in 1..6usize,
    ) {
        let (log, mut fates) = (Log::default(), Vec::new());
        let mut leaf = |fate| make(&Tree::Leaf(fate), &mut fates, &log);
        let mut left_leaf = leaf(Fate::Ready(left));
        let mut right_leaf = leaf(Fate::Ready(right));
        let won = poll(&mut select(&mut left_leaf, &mut right_leaf), 10).0;
        // In the round that decides, the right leaf is polled only if the left one is not
        // ready.
        let (winner, loser, number, missing) = match left <= right {
            true => (Either::Left(0), &mut right_leaf, 1, right - (left - 1)),
            false => (Either::Right(1), &mut left_leaf, 0, left - right),
        };
        prop_assert_eq!(won, Some(Ok(winner)));
        prop_assert_eq!(poll(loser, missing - 1).0, None);
        prop_assert_eq!(poll(loser, 1).0, Some(Ok(number)));
    }
}
