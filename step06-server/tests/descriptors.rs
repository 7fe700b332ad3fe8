//! A server that runs out of descriptors tells so, and goes on when there are some again.

mod common;

use std::{
    env,
    fs::File,
    iter,
    net::{self, SocketAddr},
    process::Command,
};

use common::within_deadline;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::yield_now::yield_now;

/// Set in the process that runs out of descriptors.
const POOR: &str = "FEW_DESCRIPTORS";

fn code(error: &std::io::Error) -> Option<Errno> {
    Errno::from_io_error(error)
}

async fn runs_out() {
    let listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("some port is free");
    let addr: SocketAddr = listener.local_addr().expect("it is bound");
    let _peers = [(); 3].map(|()| net::TcpStream::connect(addr).expect("it listens"));
    // The first is accepted, so that the reactor has heard of all of them: it will not hear of them again.
    let _first = listener.accept().await.expect("there are descriptors");

    let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).expect("it may be lowered");
    let mut files: Vec<File> = iter::from_fn(|| File::open("/dev/null").ok()).collect();

    for _ in 0..3 {
        let error = listener.accept().await.map(drop).expect_err("no descriptors");
        assert_eq!(code(&error), Some(Errno::MFILE));
        yield_now().await;
    }
    for error in [
        TcpStream::connect(addr).await.map(drop).expect_err("no descriptors"),
        TcpListener::bind(addr).await.map(drop).expect_err("no descriptors"),
    ] {
        assert_eq!(code(&error), Some(Errno::MFILE));
    }
    // Those who wait for something else notice nothing.
    spawn(yield_now()).await;

    let mut accepted = Vec::new();
    for _ in 0..2 {
        files.pop();
        accepted.push(listener.accept().await.expect("there is one descriptor again"));
    }
}

#[test]
fn connections_that_found_no_descriptor_are_accepted_later() {
    if env::var_os(POOR).is_some() {
        return within_deadline(|| block_on(runs_out()));
    }
    let program = env::current_exe().expect("there is a /proc");
    let mut process = Command::new(program);
    process.args(["--exact", "connections_that_found_no_descriptor_are_accepted_later"]);
    let output = process.env(POOR, "").output().expect("it runs already");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}
