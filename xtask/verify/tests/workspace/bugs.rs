//! `bugs`: what counts as caught, and what does not.

use crate::fixture::Fixture;

/// A workspace whose second step has one known bug.
fn with_bug(find: &str, replace: &str, says: &str) -> Fixture {
    let fixture = Fixture::new();
    let bug = format!(
        "[[bug]]\nname = 'it counts wrong'\nfile = 'src/executor.rs'\nfind = '{find}'\n\
         replace = '{replace}'\ntest = 'executor::it_counts'\nsays = '{says}'\n"
    );
    fixture.write("xtask/bugs/step02.toml", &bug);
    fixture
}

#[test]
fn a_bug_whose_test_fails_as_it_says_is_caught_and_the_step_is_left_alone() {
    let fixture = with_bug("let first = 1;", "let first = 2;", "left: 2");
    let before = fixture.written("step02-two/src/executor.rs");
    let said = fixture.run(&["bugs", "2", "--show"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for part in [
        "caught step02-two: it counts wrong, by executor::it_counts",
        "+    let first = 2;",
        "1 passed, 0 failed",
    ] {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
    assert_eq!(fixture.written("step02-two/src/executor.rs"), before);
}

#[test]
fn a_bug_that_its_test_does_not_notice_is_a_failure() {
    let said = with_bug("let first = 1;", "let first = 2 - 1;", "left: 2").run(&["bugs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("it does not notice the bug"), "{}", said.out);
}

#[test]
fn a_bug_whose_test_fails_for_another_reason_is_a_failure() {
    let said = with_bug("let first = 1;", "let first = 3;", "left: 2").run(&["bugs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("expected that it fails saying \"left: 2\""), "{}", said.out);
}

#[test]
fn a_bug_that_does_not_build_is_a_failure() {
    let said = with_bug("let first = 1;", "let first = none;", "left: 2").run(&["bugs"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("that the step builds with the bug in it"), "{}", said.out);
}

#[test]
fn a_bug_whose_text_is_not_in_the_file_any_more_is_an_error_that_says_where() {
    let said = with_bug("let last = 1;", "let last = 2;", "left: 2").run(&["bugs", "2"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("its text occurs 0 times in src/executor.rs"), "{}", said.err);
    assert!(said.err.contains("xtask/bugs/step02.toml"), "{}", said.err);
}
