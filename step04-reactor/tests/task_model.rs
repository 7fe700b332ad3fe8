//! Tasks against a model: random programs of tasks that spawn, wake, cancel, detach and
//! await each other. Each task is polled until its end and not after it, its future and
//! its output are dropped once, and nothing is left behind.

use proptest::{prelude::proptest, prop_assert_eq};

use crate::{
    common::{config, within_deadline},
    program::{self, strategies::program},
};

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn tasks_behave_as_in_the_model(program in program()) {
        let outcome = within_deadline(|| program::run(&program));
        prop_assert_eq!(outcome.faults, Vec::<String>::new());
    }
}
