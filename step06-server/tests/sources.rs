//! Several sockets in one task: if all of them are always ready, each one is served,
//! however the task polls them.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::{Future, poll_fn},
    io::{Read, Write},
    net,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step::runtime::{Either, net::TcpStream, select, spawn, yield_now};

use crate::common::{
    sockets::{listen, pair},
    tasks::run,
};

/// A future of the task under test.
type Part = Pin<Box<dyn Future<Output = ()>>>;

/// How often each socket was served.
type Counts = Rc<[Cell<usize>; 4]>;

/// Makes a socket that stays readable.
async fn readable() -> (TcpStream, net::TcpStream) {
    let (mut stream, mut peer) = pair().await;
    peer.write_all(b"xx").expect("the peer is connected");
    stream.read_exact(&mut [0]).await.expect("the byte was sent");
    (stream, peer)
}

/// Reads for ever, and counts. A read into an empty buffer leaves the data in the socket.
async fn flood(mut stream: TcpStream, count: impl Fn()) {
    loop {
        stream.read(&mut []).await.expect("the peer is connected");
        count();
    }
}

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

#[test]
fn all_clones_of_a_socket_are_served_in_one_task() {
    run(async {
        let (stream, _peer) = readable().await;
        let counts = Counts::default();
        let flood_of = |number: usize| -> Part {
            let counts = counts.clone();
            let count = move || counts[number].set(counts[number].get() + 1);
            Box::pin(flood(stream.clone(), count))
        };
        let mut parts = [0, 1, 2, 3].map(flood_of);
        let mut polls = 0;
        poll_fn(|cx| {
            for part in &mut parts {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            polls += 1;
            if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        // The clones share one budget, and stand in one line.
        assert!(counts.iter().all(|count| count.get() > 10), "{counts:?}");
    });
}

/// Copies from one socket to another until the first one ends.
async fn copy(mut from: TcpStream, mut to: TcpStream, copied: &Cell<usize>) {
    let mut buffer = [0; 512];
    loop {
        let length = from.read(&mut buffer).await.expect("the peers are connected");
        if length == 0 {
            break;
        }
        to.write_all(&buffer[..length]).await.expect("the peers are connected");
        copied.set(copied.get() + length);
    }
}

#[test]
fn a_proxy_that_copies_both_ways_in_one_task_serves_the_small_way() {
    run(async {
        let ((left, mut left_peer), (right, right_peer)) = (pair().await, pair().await);
        let done = Arc::new(AtomicBool::new(false));
        // A flood from left to right, which is read at once, …
        let (flooding, mut flood) =
            (done.clone(), left_peer.try_clone().expect("a clone"));
        let sender = thread::spawn(move || {
            while !flooding.load(Ordering::SeqCst) {
                flood.write_all(&[7; 65536]).expect("the proxy reads");
            }
            flood.shutdown(net::Shutdown::Write).expect("it is connected");
        });
        let mut sink = right_peer.try_clone().expect("a clone");
        let receiver = thread::spawn(move || {
            std::io::copy(&mut sink, &mut std::io::sink()).expect("the flood ends")
        });
        // … and single bytes from right to left, one after the other.
        let mut small = right_peer;
        let pings = thread::spawn(move || {
            for _ in 0..200 {
                small.write_all(b"x").expect("the proxy reads");
                left_peer.read_exact(&mut [0]).expect("the proxy writes");
            }
            done.store(true, Ordering::SeqCst);
            small.shutdown(net::Shutdown::Write).expect("it is connected");
        });
        let (there, back) = (Cell::new(0), Cell::new(0));
        let close = |stream: &TcpStream| stream.clone();
        let (mut left_end, mut right_end) = (close(&left), close(&right));
        let mut forth = pin!(async {
            copy(left.clone(), right.clone(), &there).await;
            right_end.close().await.expect("it is connected");
        });
        let mut back_way = pin!(async {
            copy(right.clone(), left.clone(), &back).await;
            left_end.close().await.expect("it is connected");
        });
        let (mut forth_done, mut back_done) = (false, false);
        poll_fn(|cx| {
            forth_done = forth_done || forth.as_mut().poll(cx).is_ready();
            back_done = back_done || back_way.as_mut().poll(cx).is_ready();
            if forth_done && back_done { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        assert_eq!(back.get(), 200);
        pings.join().expect("no panic");
        sender.join().expect("no panic");
        let received = receiver.join().expect("no panic");
        assert_eq!(received, there.get() as u64);
    });
}

#[test]
fn a_task_that_accepts_and_serves_in_one_future_does_both() {
    run(async {
        let (listener, addr) = listen().await;
        let served = Rc::new(Cell::new(0));
        let parts = RefCell::new(Vec::<Part>::new());
        let mut peers = Vec::new();
        let (flood_stream, _flood_peer) = readable().await;
        parts.borrow_mut().push(Box::pin(flood(flood_stream, || ())));
        let mut accepts = pin!(async {
            loop {
                let (mut stream, _) = listener.accept().await.expect("it is open");
                let served = served.clone();
                parts.borrow_mut().push(Box::pin(async move {
                    stream.read_exact(&mut [0]).await.expect("the byte was sent");
                    served.set(served.get() + 1);
                    std::future::pending().await
                }));
            }
        });
        let server = poll_fn(|cx| {
            for part in &mut *parts.borrow_mut() {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            let _: Poll<()> = accepts.as_mut().poll(cx);
            Poll::<()>::Pending
        });
        let clients = pin!(async {
            for number in 1..=50 {
                let mut peer = net::TcpStream::connect(addr).expect("it listens");
                peer.write_all(b"x").expect("it is connected");
                peers.push(peer);
                while served.get() < number {
                    yield_now().await;
                }
            }
        });
        assert!(matches!(select(server, clients).await, Either::Right(())));
        spawn(async {}).await;
    });
}
