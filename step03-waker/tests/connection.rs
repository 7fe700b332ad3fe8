//! A connection answers every line, until its client leaves or wins.

use crate::{client::Game, common::within_deadline};

#[test]
fn every_line_gets_one_answer_in_order() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut client = game.client();
        client.send("0\n101\nhello\n\n");
        let answers = [(); 4].map(|()| client.line());
        let invalid = "Invalid input. Please enter a number.\n";
        assert_eq!(answers, ["Too low!\n", "Too high!\n", invalid, invalid]);
    });
}

#[test]
fn a_line_may_arrive_in_pieces() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut client = game.client();
        for piece in ["1", "0", "1", "\r", "\n"] {
            client.send(piece);
        }
        assert_eq!(client.line(), "Too high!\n");
    });
}

#[test]
fn a_client_that_stops_sending_gets_its_answers_and_then_the_end() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut client = game.client();
        // The last line has no newline, and is a guess all the same.
        client.send("0\n101");
        client.stop_sending();
        assert_eq!(client.rest(), "Too low!\nToo high!\n");
    });
}

#[test]
fn a_right_guess_is_the_last_one() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut client = game.client();
        assert_eq!(client.win(), "Correct!\n");
        assert_eq!(client.rest(), "");
    });
}

#[test]
fn a_client_that_leaves_ends_only_its_own_connection() {
    within_deadline(|| {
        let game = Game::start("60s");
        let mut in_the_middle_of_a_line = game.client();
        in_the_middle_of_a_line.send("0");
        drop(in_the_middle_of_a_line);
        // The answer is never read. The operating system then resets the connection.
        let mut before_the_answer = game.client();
        before_the_answer.send("0\n0\n");
        before_the_answer.line();
        drop(before_the_answer);
        assert_eq!(game.client().ask("0"), "Too low!\n");
    });
}

#[test]
fn a_client_that_never_stops_guessing_does_not_stop_the_clock() {
    within_deadline(|| {
        let game = Game::start("200ms");
        game.client().flood();
        assert!(game.status().success());
    });
}
