//! Whatever tasks do to each other, each is polled until its end and not after it, and dropped once, and nothing is left
//! behind.

mod common;
mod program;
#[path = "program/strategies.rs"]
mod strategies;

use common::{config, within_deadline};
use proptest::{prelude::proptest, prop_assert_eq};
use strategies::program;

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn tasks_do_what_the_model_does(program in program()) {
        let outcome = within_deadline(|| program::run(&program));
        prop_assert_eq!(outcome.faults, Vec::<String>::new());
    }
}
