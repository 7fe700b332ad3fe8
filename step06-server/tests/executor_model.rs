//! Whatever tasks do to each other, nobody is polled but those who were woken, in the order in which they were.

mod common;
mod program;
#[path = "program/strategies.rs"]
mod strategies;

use common::{config, within_deadline};
use program::Outcome;
use proptest::{prelude::proptest, prop_assert_eq};
use strategies::program;

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_executor_does_what_the_model_does(program in program()) {
        let outcome = within_deadline(|| program::run(&program));
        prop_assert_eq!(&outcome, &Outcome { polls: outcome.polls, ..Outcome::default() });
    }
}
