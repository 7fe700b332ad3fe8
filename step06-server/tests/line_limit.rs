//! A client cannot make the server keep a line of any length.

use std::io::Write;

use crate::common::{
    serving::{Serving, ask, read_line},
    within_deadline,
};

const INVALID: &str = "Invalid input. Please enter a number.\n";

#[test]
fn a_line_without_end_is_answered_as_soon_as_it_is_too_long() {
    within_deadline(|| {
        let serving = Serving::start(&["300s"]);
        let mut client = serving.connect();
        client.write_all(&[b'1'; 1025]).expect("the server is connected");
        assert_eq!(read_line(&mut client), INVALID);
        // The rest of the line is skipped, however long it is.
        client.write_all(&[b'1'; 100_000]).expect("the server is connected");
        client.write_all(b"\n").expect("the server is connected");
        assert_eq!(ask(&mut client, "0"), "Too low!\n");
    });
}

#[test]
fn the_lines_of_one_segment_are_all_answered() {
    within_deadline(|| {
        let serving = Serving::start(&["300s"]);
        let mut client = serving.connect();
        let lines = "0\n101\nx\n".repeat(100);
        client.write_all(lines.as_bytes()).expect("the server is connected");
        for _ in 0..100 {
            assert_eq!(read_line(&mut client), "Too low!\n");
            assert_eq!(read_line(&mut client), "Too high!\n");
            assert_eq!(read_line(&mut client), INVALID);
        }
    });
}
