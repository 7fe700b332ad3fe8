//! The server plays with a limited number of clients, and turns the others away.

use std::net::Shutdown;

use crate::common::{
    serving::{Serving, ask, read_rest},
    within_deadline,
};

const FULL: &str = "Server full. Try again later.\n";

#[test]
fn a_client_beyond_the_limit_is_turned_away_with_a_line() {
    within_deadline(|| {
        let serving = Serving::start(&["300s", "--max-clients", "2"]);
        let mut players = [(); 2].map(|()| serving.connect());
        for player in &mut players {
            assert_eq!(ask(player, "0"), "Too low!\n");
        }
        for _ in 0..20 {
            assert_eq!(read_rest(&mut serving.connect()), FULL);
        }
        // Clients that play are not disturbed.
        for player in &mut players {
            assert_eq!(ask(player, "101"), "Too high!\n");
        }
    });
}

#[test]
fn a_seat_is_free_as_soon_as_its_client_has_left() {
    within_deadline(|| {
        let serving = Serving::start(&["300s", "--max-clients", "1"]);
        for _ in 0..100 {
            let mut player = serving.connect();
            assert_eq!(ask(&mut player, "0"), "Too low!\n");
            // A program that another test starts at this moment can hold the socket open
            // beyond its drop.
            player.shutdown(Shutdown::Both).expect("the player is connected");
        }
    });
}

#[test]
fn a_server_without_seats_turns_every_client_away() {
    within_deadline(|| {
        let serving = Serving::start(&["300s", "--max-clients", "0"]);
        assert_eq!(read_rest(&mut serving.connect()), FULL);
    });
}
