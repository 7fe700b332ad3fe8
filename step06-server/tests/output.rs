//! A log that no process reads does not stop the game.
#![cfg(unix)]

use std::{
    fs::File,
    io::{self, Write},
    process::Stdio,
    thread,
};

use rustix::io::Errno;

use crate::common::{
    program,
    serving::{Serving, ask},
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
