//! The server plays with all clients at once, and ends the game for all of them.

use std::thread;

use crate::{client::Game, common::within_deadline};

#[test]
fn clients_play_at_the_same_time() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut clients = [game.client(), game.client(), game.client()];
        for _ in 0..2 {
            for client in &mut clients {
                assert_eq!(client.ask("0"), "Too low!\n");
            }
        }
    });
}

#[test]
fn every_client_gets_its_goodbye_before_the_program_ends() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut others: Vec<_> = (0..300).map(|_| game.client()).collect();
        for client in &mut others {
            assert_eq!(client.ask("0"), "Too low!\n");
        }
        let last_answer = game.client().win();
        let last_lines: Vec<_> = others.into_iter().map(|client| client.rest()).collect();
        let cut_off = last_lines.iter().filter(|line| line.is_empty()).count();
        assert_eq!(cut_off, 0, "clients without a goodbye line");
        assert!(last_lines.iter().all(|line| line == "Game over! Someone else won.\n"));
        assert_eq!(last_answer, "Correct!\n");
        assert!(game.status().success());
    });
}

#[test]
fn a_client_that_floods_does_not_keep_others_waiting() {
    within_deadline(|| {
        let game = Game::start("60s");
        let (flooding, mut waiting) = (game.client(), game.client());
        let flooding = thread::spawn(|| flooding.flood());
        // On a busy machine a flood has gaps, in which others get an answer. It does not
        // have this many of them.
        for _ in 0..300 {
            assert_eq!(waiting.ask("0"), "Too low!\n");
        }
        // The program is killed here, and so the flood ends.
        drop(game);
        flooding.join().expect("it does not panic");
    });
}
