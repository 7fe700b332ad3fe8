//! `block_on` runs one future, and the thread can call it again afterwards.

use step::runtime::{block_on, yield_now};

use crate::common::tasks::{panic_message, run};

#[test]
fn block_on_returns_the_output_of_its_future() {
    assert_eq!(run(async { 42 }), 42);
}

#[test]
fn the_main_future_can_borrow_local_variables() {
    let mut count = 0;
    run(async {
        for _ in 0..5 {
            yield_now().await;
            count += 1;
        }
    });
    assert_eq!(count, 5);
}

/// Calls `block_on` inside `block_on`, and returns the message of the panic.
fn block_on_inside() -> String {
    panic_message(|| block_on(async {}))
}

const INSIDE: &str = "`block_on` inside `block_on`: await the future instead";

#[test]
fn block_on_panics_inside_block_on() {
    run(async {
        assert_eq!(block_on_inside(), INSIDE);
        // The outer call goes on, and still allows no other.
        yield_now().await;
        assert_eq!(block_on_inside(), INSIDE);
    });
    assert_eq!(run(async { 5 }), 5);
}

#[test]
fn block_on_can_be_called_again_after_a_panic() {
    let message = panic_message(|| run(async { panic!("the future fails") }));
    assert_eq!(message, "the future fails");
    assert_eq!(run(async { 1 }), 1);
}
