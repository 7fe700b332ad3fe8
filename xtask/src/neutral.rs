//! A step's own name, made the same in every step.
//!
//! `step02_executor::game` and `step03_waker::game` say the same thing, so neither differences nor merges may see them
//! as two. The neutral form keeps dash and underscore apart, so that a merged text can be given a step's name again.

use crate::steps::Step;

/// The neutral form of a package's name, as in `step03-waker`.
pub const PACKAGE: &str = "stepNN-name";

/// The neutral form of a crate's name, as in `step03_waker`.
pub const CRATE: &str = "stepNN_name";

/// Replaces the step's own name by the neutral one.
pub fn neutralise(text: &str, step: &Step) -> String {
    text.replace(&step.name, PACKAGE).replace(&step.crate_name(), CRATE)
}

/// Replaces the neutral name by the step's own.
pub fn restore(text: &str, step: &Step) -> String {
    text.replace(PACKAGE, &step.name).replace(CRATE, &step.crate_name())
}

/// Whether a neutralised text says the step's own name.
pub fn occurs(text: &str) -> bool {
    text.contains(PACKAGE) || text.contains(CRATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Meta;

    /// A step of that name with nothing in it.
    fn step(name: &str) -> Step {
        Step {
            name: name.to_owned(),
            dir: name.into(),
            meta: Meta {
                number: 1,
                title: String::new(),
                capability: String::new(),
                chapter: "chapter.md".into(),
                adds: vec![],
                changes: vec![],
                drops: vec![],
                sections: Default::default(),
            },
        }
    }

    #[test]
    fn the_same_text_in_two_steps_is_one_text() {
        let one = neutralise("use step01_one as step; // step01-one", &step("step01-one"));
        let two = neutralise("use step02_two as step; // step02-two", &step("step02-two"));
        assert_eq!(one, two);
        assert!(occurs(&one));
    }

    #[test]
    fn a_neutral_text_takes_another_steps_name() {
        let neutral = neutralise("use step01_one as step; // step01-one", &step("step01-one"));
        assert_eq!(restore(&neutral, &step("step02-two")), "use step02_two as step; // step02-two");
    }
}
