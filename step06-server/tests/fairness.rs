//! Fairness: a future that can complete for ever without waiting never holds the thread.
//! Other tasks go on, and so do other futures of the same task.

use std::{
    cell::Cell,
    future::{Future, pending, poll_fn, ready},
    net,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use step::runtime::{
    Either, Task, TaskGroup, select, spawn,
    time::{TimedOut, Timer, interval, sleep, timeout},
    yield_now,
};

use crate::common::{
    greedy::{boxed, lets_others_run, longest_run},
    sockets::{listen, pair},
    tasks::{run, turns},
};

const MS: Duration = Duration::from_millis(1);

/// A future completes at most this often before another task is polled.
const MOST: usize = 100;

#[test]
fn an_interval_that_is_always_late_lets_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            let mut ticks = interval(Duration::from_nanos(1));
            loop {
                ticks.tick().await;
            }
        })
    }));
}

#[test]
fn an_interval_whose_work_takes_longer_than_its_period_lets_others_run() {
    run(async {
        let late = async {
            let mut ticks = interval(MS);
            loop {
                ticks.tick().await;
                // The work occupies the thread. Nothing waits for the end of this time.
                thread::sleep(2 * MS);
            }
        };
        let timed: Result<(), TimedOut> = timeout(20 * MS, late).await;
        assert_eq!(timed, Err(TimedOut));
    });
}

#[test]
fn sleeps_of_zero_let_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            loop {
                sleep(Duration::ZERO).await;
            }
        })
    }));
}

#[test]
fn timers_whose_deadline_has_passed_let_others_run() {
    run(async {
        let past = Instant::now();
        lets_others_run(async || {
            boxed(async move {
                loop {
                    Timer::at(past).await;
                }
            })
        })
        .await;
    });
}

#[test]
fn a_timer_that_is_awaited_again_and_again_lets_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            let mut timer = Timer::after(Duration::ZERO);
            loop {
                (&mut timer).await;
                timer = Timer::at(Instant::now());
            }
        })
    }));
}

#[test]
fn timeouts_of_zero_let_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            loop {
                let timed = timeout(Duration::ZERO, pending::<()>()).await;
                assert_eq!(timed, Err(TimedOut));
            }
        })
    }));
}

#[test]
fn joins_of_empty_groups_let_others_run() {
    run(lets_others_run(async || {
        boxed(async {
            let group = TaskGroup::new();
            loop {
                group.join().await;
            }
        })
    }));
}

#[test]
fn accepts_of_connections_that_are_there_let_others_run() {
    run(lets_others_run(async || {
        let (listener, addr) = listen().await;
        boxed(async move {
            loop {
                let _peer = net::TcpStream::connect(addr).expect("the listener is there");
                listener.accept().await.expect("the peer has connected");
            }
        })
    }));
}

#[test]
fn reads_of_a_socket_that_always_has_data_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, mut peer) = pair().await;
        std::io::Write::write_all(&mut peer, b"xx").expect("the peer is connected");
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
        boxed(async move {
            let _open = peer;
            loop {
                // A read into an empty buffer leaves the other byte in the socket.
                stream.read(&mut []).await.expect("the peer is connected");
            }
        })
    }));
}

#[test]
fn reads_at_the_end_of_a_stream_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, peer) = pair().await;
        drop(peer);
        boxed(async move {
            loop {
                assert_eq!(stream.read(&mut [0]).await.expect("the end is no error"), 0);
            }
        })
    }));
}

#[test]
fn writes_to_a_socket_that_always_has_room_let_others_run() {
    run(lets_others_run(async || {
        let (mut stream, peer) = pair().await;
        boxed(async move {
            let _open = peer;
            loop {
                stream.write(&[]).await.expect("the peer is connected");
            }
        })
    }));
}

#[test]
fn joins_of_finished_tasks_let_others_run() {
    run(async {
        let tasks: Vec<Task<usize>> = (0..5000).map(|n| spawn(ready(n))).collect();
        // The last task is polled last.
        let last = spawn(async {});
        last.await;
        let mut tasks = tasks.into_iter().enumerate();
        let longest = longest_run(5000, async || {
            let (number, task) = tasks.next().expect("there is one for each step");
            assert_eq!(task.await, number);
        })
        .await;
        assert!(longest <= MOST, "{longest} joins in a row");
    });
}

#[test]
fn other_tasks_run_after_a_bounded_number_of_completions() {
    run(async {
        let (group, past) = (TaskGroup::new(), Instant::now());
        let mut ticks = interval(Duration::from_nanos(1));
        for longest in [
            longest_run(1000, async || sleep(Duration::ZERO).await).await,
            longest_run(1000, async || _ = Timer::at(past).await).await,
            longest_run(1000, async || _ = ticks.tick().await).await,
            longest_run(1000, async || group.join().await).await,
            longest_run(1000, async || {
                let _ = timeout(Duration::ZERO, pending::<()>()).await;
            })
            .await,
            // Different futures share the budget of their task.
            longest_run(1000, async || {
                sleep(Duration::ZERO).await;
                group.join().await;
            })
            .await,
        ] {
            assert!(longest <= MOST, "{longest} completions in a row");
        }
    });
}

#[test]
fn a_few_completions_take_one_poll() {
    run(async {
        let group = TaskGroup::new();
        let tasks = [1, 2, 3].map(|n| spawn(ready(n)));
        turns().await;
        let few = async {
            for _ in 0..4 {
                sleep(Duration::ZERO).await;
                group.join().await;
            }
            for (n, task) in (1..).zip(tasks) {
                assert_eq!(task.await, n);
            }
        };
        assert_eq!(future::poll_once(few).await, Some(()));
    });
}

#[test]
fn each_poll_has_a_budget_of_its_own() {
    run(async {
        for _ in 0..100 {
            let few = async {
                for _ in 0..10 {
                    sleep(Duration::ZERO).await;
                }
            };
            assert_eq!(future::poll_once(few).await, Some(()));
            yield_now().await;
        }
    });
}

/// Polls all futures until they are ready, and returns how many polls of the task it
/// takes.
async fn polls_of_all<F: Future + Unpin>(mut futures: Vec<F>) -> usize {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        futures.retain_mut(|future| Pin::new(future).poll(cx).is_pending());
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    polls
}

#[test]
fn futures_that_have_waited_complete_in_one_poll_however_many_they_are() {
    run(async {
        let deadline = Instant::now() + 50 * MS;
        let polls = polls_of_all((0..1000).map(|_| Timer::at(deadline)).collect()).await;
        assert!(polls <= 3, "{polls} polls for timers of one deadline");
        // So many tasks end in one turn of the loop.
        let polls = polls_of_all((0..50).map(|_| spawn(ready(()))).collect()).await;
        assert!(polls <= 3, "{polls} polls for tasks that end in one turn");
    });
}

#[test]
fn two_greedy_futures_of_one_task_take_turns() {
    run(async {
        let [left, right] = [Cell::new(0), Cell::new(0)];
        let mut naps = pin!(async {
            loop {
                sleep(Duration::ZERO).await;
                left.set(left.get() + 1);
            }
        });
        let group = TaskGroup::new();
        let mut joins = pin!(async {
            loop {
                group.join().await;
                right.set(right.get() + 1);
            }
        });
        for _ in 0..100 {
            poll_fn(|cx| {
                let _: (Poll<()>, Poll<()>) =
                    (naps.as_mut().poll(cx), joins.as_mut().poll(cx));
                Poll::Ready(())
            })
            .await;
            yield_now().await;
        }
        assert!(left.get() >= 90 && right.get() >= 90, "{left:?} {right:?}");
    });
}

#[test]
fn a_greedy_future_that_is_dropped_leaves_no_wakes_behind() {
    run(async {
        let greedy = pin!(async {
            loop {
                sleep(Duration::ZERO).await;
            }
        });
        assert!(matches!(select(greedy, ready(())).await, Either::Right(())));
        let mut polls = 0;
        let mut nap = pin!(sleep(5 * MS));
        poll_fn(|cx| {
            polls += 1;
            nap.as_mut().poll(cx)
        })
        .await;
        assert!(polls <= 4, "{polls} polls");
    });
}

#[test]
fn a_budget_that_is_used_up_delays_a_future_outside_the_runtime_by_one_poll() {
    run(async {
        for _ in 0..100 {
            if future::poll_once(sleep(Duration::ZERO)).await.is_none() {
                break;
            }
        }
    });
    let mut timer = Timer::after(Duration::ZERO);
    let mut cx = Context::from_waker(Waker::noop());
    let polled = Pin::new(&mut timer).poll(&mut cx).is_ready();
    assert!(polled || Pin::new(&mut timer).poll(&mut cx).is_ready());
}
