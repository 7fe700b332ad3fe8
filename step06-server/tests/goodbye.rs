//! The end of the game: a client wins or the time is up, and the others get a last line.

use crate::{client::Game, common::within_deadline};

#[test]
fn when_the_time_is_up_a_client_gets_a_goodbye_line() {
    within_deadline(|| {
        let game = Game::start("300ms");
        assert_eq!(game.client().rest(), "Game over! Time's up.\n");
        assert!(game.status().success());
    });
}

#[test]
fn a_client_in_the_middle_of_a_line_gets_a_goodbye_line() {
    within_deadline(|| {
        let game = Game::start("1s");
        let mut client = game.client();
        assert_eq!(client.ask("0"), "Too low!\n");
        client.send("0");
        assert_eq!(client.rest(), "Game over! Time's up.\n");
    });
}

#[test]
fn a_win_ends_the_game() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut client = game.client();
        assert_eq!(client.win(), "Correct!\n");
        assert_eq!(client.rest(), "");
        assert!(game.status().success());
    });
}
