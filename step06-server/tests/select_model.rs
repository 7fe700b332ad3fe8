//! `select` polls its futures in order, gives the first output there is, and drops each future once, whatever they do.

mod common;

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use common::{Wakes, config};
use proptest::{
    prelude::{Just, Strategy, prop_oneof, proptest},
    prop_assert_eq,
};
use step06_server::select::{Either, select};

/// What becomes of a future.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It is ready at that poll.
    Ready(usize),
    Never,
    /// It panics at that poll.
    Panics(usize),
}

/// Futures, two of which are put into a `select`, and two of those again.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Fate),
    Pair(Box<Tree>, Box<Tree>),
}

/// What happens to the future of that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Polled(usize),
    Dropped(usize),
}

type Log = Rc<RefCell<Vec<Event>>>;
/// Gives the number of the future that was ready.
type Scripted = Pin<Box<dyn Future<Output = usize>>>;

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

/// A future of a known fate.
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
            // Past the panic hook, which has nothing to report.
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

/// Makes the futures of a tree, numbered from left to right, and lists their fates.
fn plant(tree: &Tree, fates: &mut Vec<Fate>, log: &Log) -> Scripted {
    match tree {
        Tree::Leaf(fate) => {
            let number = fates.len();
            fates.push(*fate);
            Box::pin(Leaf { number, fate: *fate, polls: 0, log: log.clone() })
        }
        Tree::Pair(left, right) => {
            let left = plant(left, fates, log);
            let first_right = fates.len();
            let mut both = select(left, plant(right, fates, log));
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

/// Which polls come, and how they end: with the number of a future, or of the one that panicked.
fn reference(fates: &[Fate], polls: usize) -> (Vec<Event>, Option<Result<usize, usize>>) {
    let all = (1..=polls)
        .flat_map(|poll| fates.iter().enumerate().map(move |each| (poll, each)));
    let mut events = Vec::new();
    for (poll, (number, fate)) in all {
        events.push(Event::Polled(number));
        match *fate {
            Fate::Ready(at) if at == poll => return (events, Some(Ok(number))),
            Fate::Panics(at) if at == poll => return (events, Some(Err(number))),
            _ => {}
        }
    }
    (events, None)
}

/// Polls a future up to so many times, and says how that ended and how often the waker was woken.
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
                let number = panic.downcast::<usize>().expect("a panic of a script");
                return (Some(Err(*number)), wakes.count());
            }
        }
    }
    (None, wakes.count())
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn selecting_among_many_is_asking_them_in_order(tree in tree(), polls in 0..8usize) {
        let (log, mut fates) = (Log::default(), Vec::new());
        let mut future = plant(&tree, &mut fates, &log);
        let (ended, wakes) = poll(&mut future, polls);
        let (events, expected) = reference(&fates, polls);
        prop_assert_eq!(ended, expected);
        prop_assert_eq!(&*log.borrow(), &events);
        // Every future that had to wait got the waker of the task.
        prop_assert_eq!(wakes, events.len() - usize::from(ended.is_some()));
        // Those that lost are dropped with the `select`, and not before.
        drop(future);
        let mut dropped = log.borrow()[events.len()..].to_vec();
        dropped.sort_unstable();
        prop_assert_eq!(dropped, (0..fates.len()).map(Event::Dropped).collect::<Vec<_>>());
    }

    #[test]
    fn who_lost_by_reference_goes_on_where_it_was(left in 1..6usize, right in 1..6usize) {
        let (log, mut fates) = (Log::default(), Vec::new());
        let mut plant = |fate| plant(&Tree::Leaf(fate), &mut fates, &log);
        let (mut left_one, mut right_one) = (plant(Fate::Ready(left)), plant(Fate::Ready(right)));
        let won = poll(&mut select(&mut left_one, &mut right_one), 10).0;
        let (winner, loser, polled, needs) = match left <= right {
            true => (Either::Left(0), (&mut right_one, 1), left - 1, right),
            false => (Either::Right(1), (&mut left_one, 0), right, left),
        };
        prop_assert_eq!(won, Some(Ok(winner)));
        let (loser, number) = loser;
        let missing = needs - polled;
        prop_assert_eq!(poll(loser, missing - 1).0, None);
        prop_assert_eq!(poll(loser, 1).0, Some(Ok(number)));
    }
}
