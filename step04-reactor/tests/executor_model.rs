//! The executor against a model: random programs of tasks that spawn, wake, cancel,
//! detach and await each other. A task is polled only after a wake, and in the order of
//! the wakes.

use proptest::{prelude::proptest, prop_assert_eq};

use crate::{
    common::{config, within_deadline},
    program::{self, Outcome, strategies::program},
};

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_executor_polls_as_in_the_model(program in program()) {
        let outcome = within_deadline(|| program::run(&program));
        let expected = Outcome { polls: outcome.polls, ..Outcome::default() };
        prop_assert_eq!(outcome, expected);
    }
}
