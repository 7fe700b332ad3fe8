//! In this step the executor polls everything in every round. Step 03 replaces this.

use std::{cell::Cell, future::poll_fn, rc::Rc, task::Poll};

use step::runtime::spawn;

use crate::common::tasks::run;

#[test]
fn every_round_polls_every_task_once_without_a_wake() {
    let polls = [(); 3].map(|()| Rc::new(Cell::new(0)));
    run(async {
        for polls in polls.clone() {
            spawn(poll_fn(move |_| {
                polls.set(polls.get() + 1);
                Poll::<()>::Pending
            }))
            .detach();
        }
        let mut rounds = 0;
        poll_fn(|_| {
            assert_eq!(polls.each_ref().map(|polls| polls.get()), [rounds; 3]);
            rounds += 1;
            if rounds == 10 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
}

#[test]
fn a_task_spawned_during_a_round_is_polled_in_the_next_round() {
    run(async {
        let (round, polled_in) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let (now, slot) = (round.clone(), polled_in.clone());
        spawn(async move {
            let spawned_in = now.get();
            spawn(async move { slot.set(now.get()) }).detach();
            assert_eq!(spawned_in, 1);
        })
        .detach();
        poll_fn(|_| {
            round.set(round.get() + 1);
            if round.get() == 4 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        assert_eq!(polled_in.get(), 2);
    });
}
