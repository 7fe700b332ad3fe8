//! `docs`: fences that are filled from runs: commands, known bugs, the ladder.

use crate::{
    docs::{PAGE, book, filled, finds, passes, wrong},
    fixture::Fixture,
};

/// The example that the tests run.
const EXAMPLE: &str = "step01-one/examples/hello.rs";

/// A directive that runs it, with options.
fn directive(options: &str) -> String {
    format!("<!-- run: cargo run -q -p step01-one --example hello{options} -->\n")
}

/// The book with a page that runs the example, which says something else by now.
fn with_example(options: &str, before: &str, after: &str) -> Fixture {
    let fixture = book(&directive(options));
    let program =
        |says: &str| format!("//! Speaks.\n\nfn main() {{\n    println!(\"{says}\");\n}}\n");
    fixture.write(EXAMPLE, &program(before));
    let said = fixture.run(&["docs"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture.write(EXAMPLE, &program(after));
    fixture
}

#[test]
fn what_a_command_prints_is_filled_in_and_compared() {
    let fixture = with_example("", "one", "two");
    let expected = "```console\n$ cargo run -q -p step01-one --example hello\none\n```\n";
    assert_eq!(fixture.read(PAGE), format!("{}{expected}", directive("")));
    finds(&fixture, &["docs/src/page.md:1: run: cargo run", "-one\n", "+two\n"]);
}

#[test]
fn another_port_or_time_is_no_difference_and_changes_no_page() {
    let fixture = with_example("", "127.0.0.1:4001 after 12.5ms", "127.0.0.1:9 after 3 s");
    let before = fixture.read(PAGE);
    passes(&fixture);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert_eq!(fixture.read(PAGE), before);
}

#[test]
fn what_is_left_out_of_an_output_is_not_compared() {
    let fixture = with_example("; first 1 last 1", "a\\nb\\nc", "a\\nx\\ny\\nc");
    assert!(fixture.read(PAGE).contains("hello\na\n…\nc\n```\n"));
    passes(&fixture);
}

#[test]
fn figures_are_kept_with_their_date_until_they_are_wanted_again() {
    let fixture = with_example("; figures", "7 polls", "8 polls");
    assert!(fixture.read(PAGE).contains("_measured on 2"), "{}", fixture.read(PAGE));
    passes(&fixture);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert!(fixture.read(PAGE).contains("7 polls"));
    assert_eq!(fixture.run(&["docs", "--again"]).code, Some(0));
    assert!(fixture.read(PAGE).contains("8 polls"));
}

#[test]
fn a_slow_command_is_run_when_it_is_filled_and_not_when_it_is_checked() {
    let fixture = with_example("; slow", "one", "two");
    passes(&fixture);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert!(fixture.read(PAGE).contains("two"));
    fixture.remove(EXAMPLE);
    finds(&fixture, &["step01-one has no example hello"]);
    let of_another = book(&format!("{}```console\n$ ls\n```\n", directive("; slow")));
    finds(&of_another, &["it has not been run yet"]);
}

#[test]
fn figures_of_another_command_or_of_none_are_an_error() {
    let of_another = "_measured on 2020-01-01_\n\n```console\n$ ls\n```\n";
    let fixture = book(&format!("{}{of_another}", directive("; figures")));
    finds(&fixture, &["it has not been run yet, or nobody knows when: `cargo xtask docs` does"]);
    let fixture = with_example("; figures", "7 polls", "8 polls");
    fixture.replace(PAGE, "_measured on 2", "_some 2");
    finds(&fixture, &["it has not been run yet, or nobody knows when"]);
}

#[test]
fn a_command_that_fails_is_an_error_unless_it_should() {
    let program =
        "//! Fails.\n\nfn main() {\n    println!(\"so\");\n    std::process::exit(3);\n}\n";
    let fixture = book(&directive(""));
    fixture.write(EXAMPLE, program);
    finds(&fixture, &["it ended with 3, and 0 is expected; it said:", "so\n"]);
    let fixture = book(&directive("; exit 3"));
    fixture.write(EXAMPLE, program);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    passes(&fixture);
}

/// The book with a page that shows the bug of the second step.
fn with_bug() -> Fixture {
    let fixture = book("<!-- bug: it counts wrong -->\n");
    fixture.write(
        "xtask/bugs/step02.toml",
        "[[bug]]\nname = 'it counts wrong'\nfile = 'src/executor.rs'\nfind = 'let first = 1;'\n\
         replace = 'let first = 2;'\ntest = 'executor::it_counts'\nsays = 'left: 2'\n",
    );
    let said = fixture.run(&["docs"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    fixture
}

#[test]
fn a_bug_is_shown_with_what_its_test_says() {
    let fixture = with_bug();
    let expected = "<!-- bug: it counts wrong -->\n_`step02-two/src/executor.rs`, with a bug_\n\n```diff\n \
                    pub fn count() -> usize {\n-    let first = 1;\n+    let first = 2;\n     first\n }\n```\n\n\
                    _what `it_counts` in `tests/executor.rs` says then_\n\n```text\n\
                    thread 'it_counts' panicked at step02-two/tests/executor.rs:5:5:\n\
                    assertion `left == right` failed\n  left: 2\n right: 1\n```\n";
    assert_eq!(fixture.read(PAGE), expected);
    passes(&fixture);
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert_eq!(fixture.read(PAGE), expected);
}

#[test]
fn a_bug_that_has_become_another_one_is_found_without_putting_it_in() {
    let fixture = with_bug();
    fixture.replace("xtask/bugs/step02.toml", "let first = 2;", "let first = 3;");
    finds(&fixture, &["docs/src/page.md:1: bug: it counts wrong", "-+    let first = 2;\n"]);
    fixture.replace("xtask/bugs/step02.toml", "left: 2", "left: 3");
    finds(&fixture, &["what the test says lacks \"left: 3\""]);
    // What the test said of the old one would do for the new one, and is not what it says of that.
    fixture.replace("xtask/bugs/step02.toml", "left: 3", "left: ");
    assert_eq!(fixture.run(&["docs"]).code, Some(0));
    assert!(fixture.read(PAGE).contains("  left: 3\n"), "{}", fixture.read(PAGE));
    passes(&fixture);
}

#[test]
fn a_bug_or_a_test_that_is_not_there_is_an_error() {
    let fixture = with_bug();
    fixture.replace("step02-two/tests/executor.rs", "fn it_counts", "fn it_sums");
    finds(&fixture, &["step02-two/tests/executor.rs has no test `it_counts`"]);
    fixture.remove("xtask/bugs/step02.toml");
    finds(&fixture, &["there is no bug `it counts wrong`: copy its name from xtask/bugs"]);
}

#[test]
fn the_ladder_shows_a_step_beside_the_one_before() {
    let fixture = filled("<!-- ladder: 3 -->\n");
    let page = fixture.read(PAGE);
    assert!(page.contains("step 02  step 03\n"), "{page}");
    assert!(page.contains("\nidle without CPU    not yet  yes\n"), "{page}");
    fixture.replace(PAGE, "idle without CPU    not yet", "idle without CPU    yes    ");
    finds(&fixture, &["docs/src/page.md:1: ladder: 3"]);
    let said = wrong(&book("<!-- ladder: three -->\n"));
    assert!(said.out.contains("`three`: write the number of a step"), "{}", said.out);
}
