//! One turn of the loop polls at most a batch of tasks, so that a long queue keeps
//! neither the main future nor sockets nor timers waiting.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    io::Write,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures_lite::AsyncReadExt;
use step::runtime::{spawn, time::sleep, yield_now};

use crate::common::{sockets::pair, tasks::run};

const MS: Duration = Duration::from_millis(1);

/// How many tasks one turn polls at most.
const BATCH: usize = 61;

/// Spawns tasks that always yield, and counts their polls together.
fn busy_tasks(count: usize) -> Rc<Cell<usize>> {
    let polls = Rc::new(Cell::new(0));
    for _ in 0..count {
        let polls = polls.clone();
        spawn(async move {
            loop {
                polls.set(polls.get() + 1);
                yield_now().await;
            }
        })
        .detach();
    }
    polls
}

#[test]
fn one_turn_polls_at_most_a_batch_of_tasks_that_timers_wake() {
    run(async {
        let polls = Rc::new(Cell::new(0));
        for _ in 0..100 {
            let polls = polls.clone();
            spawn(async move {
                let mut naps = pin!(async {
                    loop {
                        sleep(MS / 20).await;
                    }
                });
                // On a busy machine a nap can be over before it begins, and needs no poll
                // of its own. So this counts polls, and not naps.
                poll_fn::<(), _>(|cx| {
                    polls.set(polls.get() + 1);
                    naps.as_mut().poll(cx)
                })
                .await;
            })
            .detach();
        }
        while polls.get() < 2000 {
            let before = polls.get();
            yield_now().await;
            let in_one_turn = polls.get() - before;
            assert!(in_one_turn <= BATCH, "{in_one_turn} tasks polled in one turn");
        }
    });
}

#[test]
fn one_turn_polls_at_most_a_batch_of_tasks_that_yield() {
    run(async {
        let polls = busy_tasks(1000);
        for _ in 0..100 {
            let before = polls.get();
            yield_now().await;
            assert_eq!(polls.get() - before, BATCH);
        }
    });
}

#[test]
fn a_task_that_wakes_itself_is_polled_once_in_a_turn() {
    run(async {
        let polls = busy_tasks(3);
        for _ in 0..100 {
            let before = polls.get();
            yield_now().await;
            assert_eq!(polls.get() - before, 3);
        }
    });
}

#[test]
fn tasks_are_polled_in_the_order_of_their_wakes_across_batches() {
    run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        for number in 0..500 {
            let log = log.clone();
            spawn(async move {
                for _ in 0..4 {
                    log.borrow_mut().push(number);
                    yield_now().await;
                }
            })
            .detach();
        }
        while log.borrow().len() < 2000 {
            yield_now().await;
        }
        let expected: Vec<usize> = (0..4).flat_map(|_| 0..500).collect();
        assert_eq!(*log.borrow(), expected);
    });
}

#[test]
fn a_long_queue_keeps_a_socket_waiting_for_a_few_turns_at_most() {
    run(async {
        let polls = busy_tasks(10_000);
        let (mut stream, mut peer) = pair().await;
        yield_now().await;
        for _ in 0..20 {
            peer.write_all(b"x").expect("the peer is connected");
            let before = polls.get();
            stream.read_exact(&mut [0]).await.expect("the byte was sent");
            let meanwhile = polls.get() - before;
            assert!(meanwhile <= 4 * BATCH, "{meanwhile} tasks polled meanwhile");
        }
    });
}
