//! Each task has a waker of its own.

use step::runtime::{spawn, yield_now};

use crate::common::{
    probe::{Probe, waker},
    tasks::run,
};

#[test]
fn every_task_has_one_waker_of_its_own() {
    run(async {
        let probes = [(); 2].map(|()| Probe::default());
        let tasks = probes.clone().map(spawn);
        yield_now().await;
        let [one, other] = probes.each_ref().map(Probe::waker);
        assert!(!one.will_wake(&other), "two tasks have the same waker");
        assert!(!one.will_wake(&waker().await), "a task has the main future's waker");

        one.wake_by_ref();
        yield_now().await;
        assert!(one.will_wake(&probes[0].waker()), "a task got another waker");
        drop(tasks);
    });
}
