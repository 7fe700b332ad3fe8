//! The budget of a task: some futures may complete without waiting in one poll, and then
//! other tasks are polled. A future that has waited needs no budget.

use std::{
    future::{Future, pending, poll_fn, ready},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_lite::future;
use step::runtime::{
    Either, Task, select, spawn,
    time::{Timer, interval, sleep, timeout},
    yield_now,
};

use crate::common::{
    greedy::longest_run,
    tasks::{run, turns},
};

const MS: Duration = Duration::from_millis(1);

/// A future completes at most this often before another task is polled.
const MOST: usize = 100;

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
        let past = Instant::now();
        let mut ticks = interval(Duration::from_nanos(1));
        for longest in [
            longest_run(1000, async || sleep(Duration::ZERO).await).await,
            longest_run(1000, async || _ = Timer::at(past).await).await,
            longest_run(1000, async || _ = ticks.tick().await).await,
            longest_run(1000, async || {
                let _ = timeout(Duration::ZERO, pending::<()>()).await;
            })
            .await,
            // Different futures share the budget of their task.
            longest_run(1000, async || {
                sleep(Duration::ZERO).await;
                Timer::at(past).await;
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
        let tasks = [1, 2, 3].map(|n| spawn(ready(n)));
        turns().await;
        let few = async {
            for _ in 0..4 {
                sleep(Duration::ZERO).await;
            }
            for (n, task) in (1..).zip(tasks) {
                assert_eq!(task.await, n);
            }
        };
        assert_eq!(future::poll_once(few).await, Some(()));
    });
}

/// Uses up a part of the budget in each of many polls.
async fn sleep_often() {
    for _ in 0..100 {
        let few = async {
            for _ in 0..10 {
                sleep(Duration::ZERO).await;
            }
        };
        assert_eq!(future::poll_once(few).await, Some(()));
        yield_now().await;
    }
}

#[test]
fn each_poll_of_the_main_future_has_a_budget_of_its_own() {
    run(sleep_often());
}

#[test]
fn each_poll_of_a_task_has_a_budget_of_its_own() {
    run(async {
        let tasks = [(); 3].map(|()| spawn(sleep_often()));
        for task in tasks {
            task.await;
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
        // On a busy machine the first poll can end after the deadline. Not every time.
        loop {
            let deadline = Instant::now() + 50 * MS;
            let timers = (0..1000).map(|_| Timer::at(deadline)).collect();
            if polls_of_all(timers).await == 2 {
                break;
            }
        }
        // This many tasks end in one turn of the loop.
        let tasks = (0..50).map(|_| spawn(ready(()))).collect();
        assert_eq!(polls_of_all(tasks).await, 2);
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
