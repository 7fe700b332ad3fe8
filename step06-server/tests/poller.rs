//! A runtime makes its poller when it needs one. This test needs a process of its own,
//! whose descriptors it counts.
#![cfg(target_os = "linux")]

use std::{fs, time::Duration};

use step::runtime::{spawn, time::sleep, yield_now};

use crate::common::{
    alone::alone,
    tasks::{run, turns},
};

/// How many pollers and unparkers this process has.
fn pollers() -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").expect("there is a /proc");
    let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("anon_inode:[event")).count()
}

#[test]
fn a_runtime_makes_no_poller_before_its_thread_waits() {
    alone(a_runtime_makes_no_poller_before_its_thread_waits, || {
        run(async {
            turns().await;
            spawn(yield_now()).await;
            assert_eq!(pollers(), 0);
            sleep(Duration::from_millis(1)).await;
            assert_eq!(pollers(), 2);
        });
        assert_eq!(pollers(), 0);
    });
}
