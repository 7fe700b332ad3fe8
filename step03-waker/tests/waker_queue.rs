//! The run queue and the inbox: which of them the loop serves first.

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
};

use step::runtime::spawn;

use crate::common::{
    probe::{Probe, wake},
    tasks::{run, turns},
};

#[test]
fn wakes_of_this_thread_are_served_before_those_of_other_threads() {
    run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let [far, near] = ["another thread", "this thread"].map(|name| {
            let (probe, log) = (Probe::default(), log.clone());
            let mut inner = probe.clone();
            spawn(poll_fn(move |cx| {
                log.borrow_mut().push(name);
                Pin::new(&mut inner).poll(cx)
            }))
            .detach();
            probe
        });
        turns().await;
        log.take();
        wake(far.waker(), true);
        wake(near.waker(), false);
        turns().await;
        assert_eq!(*log.borrow(), ["this thread", "another thread"]);
    });
}
