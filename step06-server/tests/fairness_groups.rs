//! Fairness of groups: joins that never have to wait do not hold the thread.
#![expect(clippy::async_yields_async, reason = "the tests poll what they are given")]

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use futures_lite::future;
use step::runtime::{TaskGroup, time::sleep, yield_now};

use crate::common::{
    greedy::{boxed, lets_others_run, longest_run},
    tasks::run,
};

/// A future completes at most this often before another task is polled.
const MOST: usize = 100;

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
fn joins_and_timers_share_the_budget_of_their_task() {
    run(async {
        let group = TaskGroup::new();
        let joins = longest_run(1000, async || group.join().await).await;
        let both = longest_run(1000, async || {
            sleep(Duration::ZERO).await;
            group.join().await;
        });
        let longest = joins.max(both.await);
        assert!(longest <= MOST, "{longest} completions in a row");
    });
}

#[test]
fn a_few_joins_take_one_poll() {
    run(async {
        let group = TaskGroup::new();
        let few = async {
            for _ in 0..4 {
                group.join().await;
            }
        };
        assert_eq!(future::poll_once(few).await, Some(()));
    });
}
