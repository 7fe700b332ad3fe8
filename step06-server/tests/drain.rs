//! When the game is over, the server waits for its clients, but not for ever.
#![cfg(unix)]

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{
    serving::{Serving, ask, read_rest},
    within_deadline,
};

/// Sends guesses and reads no answers, until the server reads no more.
fn stuff(client: &mut TcpStream) {
    client.set_nonblocking(true).expect("it is a socket");
    let (guesses, mut refused) = ("0\n".repeat(16 << 10), Instant::now());
    while refused.elapsed() < Duration::from_millis(300) {
        match client.write(guesses.as_bytes()) {
            Ok(written) => {
                assert!(written > 0, "a write that neither fails nor moves bytes");
                refused = Instant::now();
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[test]
fn a_client_that_reads_nothing_cannot_keep_the_server_from_ending() {
    within_deadline(|| {
        let mut serving = Serving::start(&["2s", "--drain", "100ms", "-q"]);
        let mut client = serving.connect();
        stuff(&mut client);
        let start = Instant::now();
        assert!(serving.status().success());
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        let log = serving.log();
        assert!(log.contains("closing 1 connections that are still open\n"), "{log}");
    });
}

#[test]
fn with_no_time_to_drain_each_client_still_gets_its_goodbye() {
    within_deadline(|| {
        let mut serving = Serving::start(&["300s", "--drain", "0s", "-q"]);
        let mut clients: Vec<TcpStream> = (0..300).map(|_| serving.connect()).collect();
        assert_eq!(ask(&mut clients[299], "0"), "Too low!\n");
        let server = Pid::from_child(&serving.child);
        kill_process(server, Signal::TERM).expect("the server runs");
        assert!(serving.status().success());
        let goodbye = "Game over! The server is shutting down.\n";
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(read_rest(client), goodbye, "client {number}");
        }
    });
}

#[test]
fn a_client_that_was_turned_away_does_not_keep_the_server_from_ending() {
    within_deadline(|| {
        let args = ["300s", "--max-clients", "0", "--drain", "0s", "-q"];
        let mut serving = Serving::start(&args);
        let mut client = serving.connect();
        let mut line = [0; 8];
        client.read_exact(&mut line).expect("the client is turned away with a line");
        // The server lingers as long as the client is not silent.
        let talking = thread::spawn(move || {
            while client.write_all(b"0\n").is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        });
        let start = Instant::now();
        let server = Pid::from_child(&serving.child);
        kill_process(server, Signal::TERM).expect("the server runs");
        assert!(serving.status().success());
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        talking.join().expect("it stops when the server is gone");
    });
}

#[test]
fn a_client_that_leaves_ends_the_drain() {
    within_deadline(|| {
        let mut serving = Serving::start(&["300ms", "--drain", "300s", "-q"]);
        let mut client = serving.connect();
        assert_eq!(read_rest(&mut client), "Game over! Time's up.\n");
        drop(client);
        assert!(serving.status().success());
    });
}

#[test]
fn a_signal_that_ends_the_game_leaves_its_clients_the_time_to_leave() {
    within_deadline(|| {
        let mut serving = Serving::start(&["300s", "--drain", "300s", "-q"]);
        let mut client = serving.connect();
        assert_eq!(ask(&mut client, "0"), "Too low!\n");
        let server = Pid::from_child(&serving.child);
        kill_process(server, Signal::TERM).expect("the server runs");
        assert_eq!(read_rest(&mut client), "Game over! The server is shutting down.\n");
        drop(client);
        assert!(serving.status().success());
        let log = serving.log();
        assert!(!log.contains("closing"), "{log}");
    });
}

#[test]
fn a_signal_ends_the_drain_after_a_game_that_the_clock_has_ended() {
    within_deadline(|| {
        let mut serving = Serving::start(&["2s", "--drain", "300s", "-q"]);
        let [mut client, mut other] = [(); 2].map(|()| serving.connect());
        stuff(&mut client);
        assert_eq!(read_rest(&mut other), "Game over! Time's up.\n");
        let server = Pid::from_child(&serving.child);
        kill_process(server, Signal::TERM).expect("the server runs");
        assert!(serving.status().success());
        let log = serving.log();
        assert!(log.contains("connections that are still open\n"), "{log}");
    });
}
