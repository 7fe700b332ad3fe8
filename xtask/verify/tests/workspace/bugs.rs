//! `bugs`: what counts as caught, and what does not.

use crate::{fixture::Fixture, tasks::says};

/// Bugs of the second step: a name, what replaces a line, and what the test must print.
const BUGS: [(&str, &str, &str); 4] = [
    ("it counts from two", "let first = 2;", "left: 2"),
    ("it counts as before", "let first = 2 - 1;", "left: 2"),
    ("it counts from three", "let first = 3;", "left: 2"),
    ("it does not compile", "let first = none;", "left: 2"),
];

#[test]
fn a_bug_is_caught_if_its_test_fails_with_the_words() {
    let fixture = Fixture::new();
    let bugs = BUGS.map(|(name, replace, says)| {
        format!(
            "[[bug]]\nname = '{name}'\nfile = 'src/executor.rs'\nfind = 'let first = 1;'\n\
             replace = '{replace}'\ntest = 'executor::it_counts'\nsays = '{says}'\n"
        )
    });
    fixture.write("xtask/bugs/step02.toml", &bugs.concat());
    // What git does not track is not copied.
    fixture.write("step02-two/tests/built/CACHEDIR.TAG", "");
    fixture.write("step02-two/tests/built/deps.rs", "");
    let before = fixture.written("step02-two/src/executor.rs");
    let words = [
        "FAILED step02-two: it counts as before",
        "expected: the test fails. It does not notice the bug",
        "FAILED step02-two: it counts from three",
        "expected: the test fails and prints \"left: 2\"",
        "FAILED step02-two: it does not compile",
        "expected: the step compiles with the bug in it",
        "cannot find value `none`",
        "1 passed, 3 failed",
    ];
    says(&fixture.run(&["bugs"]), 1, &words);
    let words = [
        "caught step02-two: it counts from two, by executor::it_counts",
        "+    let first = 2;",
        "step02-two/tests/executor.rs:",
        "1 passed, 0 failed",
    ];
    fixture.write("xtask/bugs/step02.toml", &bugs[0]);
    says(&fixture.run(&["bugs", "2", "--show"]), 0, &words);
    assert_eq!(fixture.written("step02-two/src/executor.rs"), before);
    let copy = fixture.root().join("target/bugs/step02-two-it-counts-from-two/tests");
    assert!(copy.join("executor.rs").exists() && !copy.join("built").exists());
    fixture.replace("xtask/bugs/step02.toml", "find = 'let first", "find = 'let last");
    let words =
        ["its text occurs 0 times in src/executor.rs. Change `find` in xtask/bugs/step02.toml"];
    says(&fixture.run(&["bugs", "2"]), 1, &words);
}
