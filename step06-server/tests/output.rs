//! The log names the clients, unless it is quiet. A log that no process reads does not
//! stop the game.
#![cfg(unix)]

use std::{
    fs::File,
    io::{self, Write},
    net::Shutdown,
    process::Stdio,
    thread,
};

use rustix::io::Errno;

use crate::common::{
    program,
    serving::{Serving, ask, read_rest},
    within_deadline,
};

/// Makes a pipe that is full, and which no process reads.
fn full_pipe() -> (io::PipeReader, File) {
    let (reader, writer) = io::pipe().expect("there are descriptors");
    let mut file = File::from(std::os::fd::OwnedFd::from(writer));
    rustix::io::ioctl_fionbio(&file, true).expect("it is a pipe");
    loop {
        match file.write(&[b'\n'; 4096]) {
            Ok(written) => assert!(written > 0, "the pipe takes no bytes"),
            Err(error) => {
                assert_eq!(Errno::from_io_error(&error), Some(Errno::AGAIN));
                break;
            }
        }
    }
    rustix::io::ioctl_fionbio(&file, false).expect("it is a pipe");
    (reader, file)
}

#[test]
fn a_log_that_is_full_does_not_stop_the_game() {
    within_deadline(|| {
        let (_reader, stderr) = full_pipe();
        let serving = Serving::of(
            program().args(["127.0.0.1:0", "300s"]).stderr(Stdio::from(stderr)),
        );
        let mut client = serving.connect();
        assert_eq!(ask(&mut client, "0"), "Too low!\n");
        let mut other = serving.connect();
        assert_eq!(ask(&mut other, "101"), "Too high!\n");
    });
}

#[test]
fn a_log_that_is_closed_does_not_end_the_game() {
    within_deadline(|| {
        let mut serving = Serving::start(&["300ms"]);
        drop(serving.child.stderr.take());
        let mut client = serving.connect();
        assert_eq!(ask(&mut client, "0"), "Too low!\n");
        assert!(serving.status().success());
    });
}

#[test]
fn a_full_log_does_not_keep_the_program_from_ending() {
    within_deadline(|| {
        let (_reader, stderr) = full_pipe();
        let mut command = program();
        command.args(["127.0.0.1:0", "100ms"]).stderr(Stdio::from(stderr));
        let mut serving = Serving::of(&mut command);
        let client = thread::spawn({
            let client = serving.connect();
            move || drop(client)
        });
        client.join().expect("no panic");
        assert!(serving.status().success());
    });
}

/// Returns what a server with these options logs of one client, and the client's address.
fn log_of_a_client(options: &[&str]) -> (String, String) {
    let mut serving = Serving::start(options);
    let mut client = serving.connect();
    let addr = client.local_addr().expect("it is connected").to_string();
    assert_eq!(ask(&mut client, "0"), "Too low!\n");
    client.shutdown(Shutdown::Write).expect("it is connected");
    // The server logs that the client has left before it closes its own end.
    assert_eq!(read_rest(&mut client), "");
    (serving.log(), addr)
}

#[test]
fn the_log_names_each_client_that_joins_and_leaves() {
    within_deadline(|| {
        let (log, addr) = log_of_a_client(&["300s"]);
        assert_eq!(log, format!("{addr} joined\n{addr} left\n"));
    });
}

#[test]
fn a_quiet_log_names_no_clients() {
    within_deadline(|| assert_eq!(log_of_a_client(&["300s", "-q"]).0, ""));
}

#[test]
fn the_trace_goes_to_stderr() {
    within_deadline(|| {
        let mut command = program();
        command.args(["127.0.0.1:0", "1ms", "-q"]).env("RUST_LOG", "trace");
        let mut serving = Serving::of(command.stderr(Stdio::piped()));
        assert!(serving.status().success());
        // Release builds have no events.
        let log = serving.log();
        assert_eq!(log.contains("poll task=main\n"), cfg!(debug_assertions), "{log}");
        assert!(log.ends_with("game over: time's up\n"), "{log}");
    });
}
