//! A signal ends the game for all clients, and the process exits with status 0.
#![cfg(unix)]

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{
    serving::{Serving, ask, read_rest},
    within_deadline,
};

#[test]
fn a_signal_ends_the_game_with_a_goodbye_for_every_client() {
    for signal in [Signal::INT, Signal::TERM] {
        within_deadline(|| {
            let mut serving = Serving::start(&["300s"]);
            let mut clients = [(); 3].map(|()| serving.connect());
            for client in &mut clients {
                assert_eq!(ask(client, "0"), "Too low!\n");
            }
            let server = Pid::from_child(&serving.child);
            kill_process(server, signal).expect("the server runs");
            for mut client in clients {
                let last = read_rest(&mut client);
                assert_eq!(last, "Game over! The server is shutting down.\n");
            }
            assert_eq!(serving.status().code(), Some(0));
        });
    }
}

#[test]
fn the_log_tells_how_the_game_ended() {
    within_deadline(|| {
        let mut serving = Serving::start(&["300s", "--quiet"]);
        kill_process(Pid::from_child(&serving.child), Signal::INT).expect("it runs");
        assert!(serving.status().success());
        assert_eq!(serving.log(), "game over: shutting down\n");
    });
}
