//! Descriptors: what happens when there are none left, and that none stay behind. These
//! tests need a process of their own, because a process counts and limits its
//! descriptors.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    future::poll_fn,
    io, iter, mem, net,
    task::{Poll, Waker},
    thread,
};

use rustix::{
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use step::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn, yield_now,
};

use crate::common::{alone::alone, tasks::run, within_deadline};

async fn run_out() {
    let listener = TcpListener::bind(net::SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let listener = listener.expect("there is a free port");
    let addr = listener.local_addr().expect("the listener is bound");
    let _peers = [(); 3].map(|()| net::TcpStream::connect(addr).expect("it listens"));
    // After the first `accept` the reactor has seen the event of all three. No other
    // comes.
    let _first = listener.accept().await.expect("there are descriptors");

    let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).expect("a limit may be lowered");
    let mut files: Vec<File> = iter::from_fn(|| File::open("/dev/null").ok()).collect();

    let no_descriptors = |result: io::Result<()>| {
        let error = result.expect_err("there are no descriptors");
        assert_eq!(Errno::from_io_error(&error), Some(Errno::MFILE));
    };
    for _ in 0..3 {
        no_descriptors(listener.accept().await.map(drop));
        yield_now().await;
    }
    no_descriptors(TcpStream::connect(addr).await.map(drop));
    no_descriptors(TcpListener::bind(addr).await.map(drop));
    // Tasks that need no descriptor go on.
    spawn(yield_now()).await;

    let mut accepted = Vec::new();
    for _ in 0..2 {
        files.pop();
        accepted.push(listener.accept().await.expect("there is one descriptor again"));
    }
}

#[test]
fn accept_fails_without_descriptors_and_works_again_with_them() {
    alone(accept_fails_without_descriptors_and_works_again_with_them, || run(run_out()));
}

/// How many pollers and unparkers this process has.
fn pollers() -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").expect("there is a /proc");
    let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("anon_inode:[event")).count()
}

/// Parks a thread, and returns the waker that ended this. By then its runtime has ended.
fn waker_of_an_ended_runtime() -> Waker {
    let mut first = true;
    block_on(poll_fn(|cx| {
        let waker = cx.waker().clone();
        if !mem::take(&mut first) {
            return Poll::Ready(waker);
        }
        thread::spawn(move || waker.wake());
        Poll::Pending
    }))
}

#[test]
fn a_waker_that_outlives_its_runtime_holds_no_descriptor() {
    alone(a_waker_that_outlives_its_runtime_holds_no_descriptor, || {
        within_deadline(|| {
            let with_a_socket = async {
                let listener =
                    TcpListener::bind(net::SocketAddr::from(([127, 0, 0, 1], 0))).await;
                listener.map(|_| pollers())
            };
            let found = block_on(with_a_socket).expect("there is a free port");
            assert!(found >= 2, "they are not found");
            let wakers: Vec<Waker> =
                (0..50).map(|_| waker_of_an_ended_runtime()).collect();
            // Another thread may hold an unparker for a moment after its wake.
            while pollers() > 0 {
                thread::yield_now();
            }
            for waker in wakers {
                waker.wake();
            }
        });
    });
}
