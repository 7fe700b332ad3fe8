//! Several sockets in one task: if all of them are always ready, each one is served,
//! however the task polls them.

use std::{
    cell::Cell,
    collections::VecDeque,
    future::poll_fn,
    net,
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
};

use futures_lite::AsyncReadExt;
use step::runtime::{Either, select};

use crate::common::{
    floods::{Counts, Part, flood, readable},
    tasks::run,
};

/// Makes four floods, and the counts of their reads.
async fn floods() -> (Counts, Vec<Part>, Vec<net::TcpStream>) {
    let counts = Counts::default();
    let (mut parts, mut peers) = (Vec::<Part>::new(), Vec::new());
    for number in 0..4 {
        let ((stream, peer), counts) = (readable().await, counts.clone());
        let count = move || counts[number].set(counts[number].get() + 1);
        parts.push(Box::pin(flood(stream, count)));
        peers.push(peer);
    }
    (counts, parts, peers)
}

/// Checks that all sockets were served, and none of them much more often than another.
fn check(counts: &Counts) {
    let all: Vec<usize> = counts.iter().map(Cell::get).collect();
    let (least, most) = (all.iter().min(), all.iter().max());
    assert!(
        least > Some(&100) && most < least.map(|least| 2 * least).as_ref(),
        "{all:?}"
    );
}

#[test]
fn the_right_future_of_a_select_is_served_beside_a_flood() {
    run(async {
        let ((greedy, _one), (mut modest, _other)) = (readable().await, readable().await);
        let modest = pin!(async { modest.read_exact(&mut [0]).await });
        let greedy = pin!(flood(greedy, || ()));
        let Either::Right(read) = select(greedy, modest).await else {
            panic!("a flood has ended");
        };
        read.expect("the byte was sent");
    });
}

#[test]
fn all_futures_of_a_join_are_served() {
    run(async {
        let (counts, mut parts, _peers) = floods().await;
        let mut polls = 0;
        poll_fn(|cx| {
            for part in &mut parts {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            polls += 1;
            if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        check(&counts);
    });
}

#[test]
fn all_futures_of_nested_selects_are_served() {
    run(async {
        let (counts, parts, _peers) = floods().await;
        let Ok([a, b, c, d]) = <[Part; 4]>::try_from(parts) else {
            panic!("there are four");
        };
        let mut all = select(select(a, b), select(c, d));
        let mut polls = 0;
        poll_fn(|cx| {
            assert!(Pin::new(&mut all).poll(cx).is_pending());
            polls += 1;
            if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        check(&counts);
    });
}

/// Polls only those of its parts that were woken, in the order of their wakes, as
/// `FuturesUnordered` does. It polls at most as many as it has before it returns.
struct Unordered {
    parts: Vec<Part>,
    state: Arc<Woken>,
}

#[derive(Default)]
struct Woken {
    queue: Mutex<VecDeque<usize>>,
    task: Mutex<Option<Waker>>,
}

struct PartWaker(usize, Arc<Woken>);

impl Wake for PartWaker {
    fn wake(self: Arc<Self>) {
        self.1.queue.lock().expect("no panic").push_back(self.0);
        let task = self.1.task.lock().expect("no panic").take();
        task.into_iter().for_each(Waker::wake);
    }
}

impl Unordered {
    fn new(parts: Vec<Part>) -> Self {
        let state = Arc::new(Woken::default());
        state.queue.lock().expect("no panic").extend(0..parts.len());
        Unordered { parts, state }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        self.state.task.lock().expect("no panic").replace(cx.waker().clone());
        for _ in 0..self.parts.len() {
            let next = self.state.queue.lock().expect("no panic").pop_front();
            let Some(number) = next else { return };
            let waker = Waker::from(Arc::new(PartWaker(number, self.state.clone())));
            let mut cx = Context::from_waker(&waker);
            assert!(self.parts[number].as_mut().poll(&mut cx).is_pending());
        }
        cx.waker().wake_by_ref();
    }
}

#[test]
fn all_futures_of_an_unordered_join_are_served() {
    run(async {
        let (counts, parts, _peers) = floods().await;
        let mut unordered = Unordered::new(parts);
        let mut polls = 0;
        poll_fn(|cx| {
            unordered.poll(cx);
            polls += 1;
            if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        check(&counts);
    });
}
