//! A task that waits alone needs no line, so its wait allocates nothing. This test needs
//! a process of its own, whose memory it measures.
#![cfg(target_os = "linux")]

use std::{
    future::{Future, pending},
    task::{Context, Waker},
};

use step::runtime::TaskGroup;

use crate::common::{alone::alone, memory::memory, tasks::run};

/// How many tasks wait. If each wait allocated one waiter, it would show.
const COUNT: usize = 20_000;

#[test]
fn a_lone_waiter_allocates_nothing() {
    alone(a_lone_waiter_allocates_nothing, || {
        run(async {
            let groups: Vec<TaskGroup> = (0..COUNT).map(|_| TaskGroup::new()).collect();
            groups.iter().for_each(|group| group.spawn(pending()));
            let joins = groups.iter().map(|group| Box::pin(group.join()));
            let mut joins: Vec<_> = joins.collect();
            let before = memory();
            let mut cx = Context::from_waker(Waker::noop());
            for join in &mut joins {
                assert!(join.as_mut().poll(&mut cx).is_pending());
            }
            let more = memory().saturating_sub(before);
            assert!(more < 512, "{more} KiB more");
        });
    });
}
