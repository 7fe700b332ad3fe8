//! The rules about crates, manifests and tests: each one planted against, and caught.

use crate::fixture::Fixture;

/// Checks the layout only.
const LAYOUT: &[&str] = &["test-all", "--suite", "layout"];

/// The layout of this workspace must fail, and say all of this.
pub fn fails(fixture: &Fixture, parts: &[&str]) {
    let said = fixture.run(LAYOUT);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    for part in parts {
        assert!(said.out.contains(part), "no {part:?} in:\n{}", said.out);
    }
}

/// The layout of this workspace must hold.
pub fn holds(fixture: &Fixture) {
    let said = fixture.run(LAYOUT);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains(" passed, 0 failed"), "{}", said.out);
}

#[test]
fn a_clean_workspace_passes_and_nothing_is_skipped() {
    let fixture = Fixture::new();
    holds(&fixture);
    let said = fixture.run(LAYOUT);
    assert!(said.out.ends_with(" passed, 0 failed\n"), "{}", said.out);
}

#[test]
fn an_incomplete_crate_is_caught() {
    let fixture = Fixture::new();
    fixture.remove("step02-two/examples/hello.rs");
    fails(&fixture, &["step02-two has a library", "step02-two/examples/ has no .rs file"]);
}

#[test]
fn a_dependency_on_another_step_is_caught() {
    let fixture = Fixture::new();
    fixture.replace(
        "step02-two/Cargo.toml",
        "[dependencies]",
        "[target.'cfg(unix)'.dev-dependencies]\nfirst = { package = 'step01-one', path = '../step01-one' }",
    );
    fails(
        &fixture,
        &["step02-two names no other step", "the step depends on `step01-one`. Copy the files"],
    );
}

#[test]
fn an_undeclared_change_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/src/main.rs", "play(5)", "play(6)");
    fails(
        &fixture,
        &["step03-three declares exactly", "changes src/main.rs, but `changes` does not list it"],
    );
}

#[test]
fn an_undeclared_file_is_caught() {
    let fixture = Fixture::new();
    fixture.write("step03-three/src/more.rs", "//! More.\n");
    fails(&fixture, &["the step adds src/more.rs, but `adds` does not list it"]);
}

#[test]
fn an_undeclared_drop_is_caught() {
    let fixture = Fixture::new();
    fixture.write("step01-one/src/old.rs", "//! Old.\n");
    fails(&fixture, &["the step drops src/old.rs, but `drops` does not list it"]);
}

#[test]
fn differences_in_tests_and_examples_need_no_declaration() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/tests/game.rs", "play(5)", "play(6)");
    fixture.write("step03-three/examples/more.rs", "//! More.\n\nfn main() {}\n");
    fixture.write("step01-one/examples/old.rs", "//! Old.\n\nfn main() {}\n");
    holds(&fixture);
}

#[test]
fn a_declared_test_is_caught() {
    let fixture = Fixture::new();
    let manifest = "step03-three/Cargo.toml";
    fixture.replace(manifest, "['src/lib.rs', ", "['tests/game.rs', 'src/lib.rs', ");
    fails(&fixture, &["`changes` lists tests/game.rs. Only files under src/ are declared"]);
}

#[test]
fn a_declared_difference_that_does_not_exist_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/Cargo.toml", "['src/lib.rs', ", "['src/lib.rs', 'src/game.rs', ");
    fails(&fixture, &["`changes` lists src/game.rs, but the step does not change it"]);
}

#[test]
fn a_file_declared_twice_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/Cargo.toml", "['src/lib.rs', ", "['src/lib.rs', 'src/lib.rs', ");
    fails(&fixture, &["`changes` lists a file twice"]);
}

#[test]
fn a_wrong_number_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/Cargo.toml", "number = 3", "number = 4");
    fails(&fixture, &["numbered from 1 without a gap", "does not begin with step04-"]);
}

#[test]
fn a_missing_chapter_is_caught() {
    let fixture = Fixture::new();
    fixture.remove("docs/src/2.md");
    fails(&fixture, &["step02-two/Cargo.toml: the chapter docs/src/2.md does not exist"]);
}

#[test]
fn a_file_that_moves_is_caught() {
    let fixture = Fixture::new();
    let text = fixture.read("step03-three/src/executor.rs");
    fixture.remove("step03-three/src/executor.rs");
    fixture.write("step03-three/src/runtime.rs", &text);
    fails(&fixture, &["step03-three/src/runtime.rs: this file was step02-two/src/executor.rs"]);
}

#[test]
fn a_dropped_test_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/tests/executor.rs", "fn it_counts", "fn it_counts_anew");
    fails(
        &fixture,
        &[
            "step03-three keeps the tests",
            "step02-two/tests/executor.rs:4: step03-three/tests/executor.rs does not have",
            "list \"executor::it_counts\" under `replaces` in step03-three/Cargo.toml",
        ],
    );
}

/// Lets the last step replace these tests.
fn replace_tests(fixture: &Fixture, tests: &str) {
    fixture.replace(
        "step03-three/Cargo.toml",
        "adds = ",
        &format!("replaces = [{tests}]\nadds = "),
    );
}

#[test]
fn a_test_that_is_listed_as_replaced_may_go() {
    let fixture = Fixture::new();
    fixture.remove("step03-three/tests/executor.rs");
    replace_tests(&fixture, "'executor::it_counts'");
    holds(&fixture);
}

#[test]
fn a_test_that_is_listed_as_replaced_and_not_gone_is_caught() {
    let fixture = Fixture::new();
    replace_tests(&fixture, "'executor::it_counts', 'executor::it_never_was'");
    fails(
        &fixture,
        &[
            "step03-three/Cargo.toml: `replaces` lists executor::it_counts, but",
            "`replaces` lists executor::it_never_was, but that is no test of step02-two that is gone",
        ],
    );
}

#[test]
fn a_test_that_moves_to_another_file_is_caught() {
    let fixture = Fixture::new();
    let text = fixture.read("step03-three/tests/executor.rs");
    fixture.remove("step03-three/tests/executor.rs");
    fixture.write("step03-three/tests/count.rs", &text);
    fails(&fixture, &["step03-three/tests/executor.rs does not have the test `it_counts`"]);
}

/// Makes one test binary of the last step's tests, with only the module `game` in it.
fn one_binary(fixture: &Fixture) {
    fixture.write("step03-three/tests/all.rs", "//! All tests.\n\nmod game;\n// mod executor;\n");
    let tests = "[[test]]\nname = 'all'\n\n[dependencies]";
    fixture.replace("step03-three/Cargo.toml", "[dependencies]", tests);
}

#[test]
fn a_test_file_that_nothing_compiles_is_caught() {
    let fixture = Fixture::new();
    one_binary(&fixture);
    fails(&fixture, &["step03-three compiles every test file", "Set `autotests = false`"]);
    let manifest = "step03-three/Cargo.toml";
    fixture.replace(manifest, "edition = '2024'", "edition = '2024'\nautotests = false");
    fails(&fixture, &["step03-three/tests/executor.rs: nothing compiles this file"]);
    fixture.replace("step03-three/tests/all.rs", "// mod", "mod");
    holds(&fixture);
    fixture.replace("step03-three/tests/all.rs", "mod executor;\n", "");
    fixture.replace(manifest, "[[test]]", "[[test]]\nname = 'executor'\n\n[[test]]");
    holds(&fixture);
}

#[test]
fn a_wrong_figure_in_the_readme_is_caught() {
    let fixture = Fixture::new();
    let line = fixture.read("README.md");
    let line = line.lines().position(|line| line.contains("step02-two")).unwrap() + 1;
    fixture.replace("step02-two/src/executor.rs", "/// Ends.", "/// Ends it.\n///\n/// Well.");
    let place = format!("README.md:{line}: the figure is `+");
    fails(&fixture, &["the README has the right number of changed lines for step02-two", &place]);
}

#[test]
fn a_readme_without_the_table_is_told_and_not_failed() {
    let fixture = Fixture::new();
    fixture.write("README.md", "# Steps\n");
    holds(&fixture);
    let said = fixture.run(LAYOUT);
    assert!(said.out.ends_with(" passed, 0 failed, 1 skipped\n"), "{}", said.out);
}

#[test]
fn what_is_left_of_smol_in_a_later_step_is_caught() {
    let fixture = Fixture::new();
    fixture.write("polling/Cargo.toml", "[package]\nname = 'polling'\nedition = '2024'\n");
    fixture.write("polling/src/lib.rs", "//! A part of smol.\n");
    fixture.replace("Cargo.toml", "[\"step*\"]", "[\"step*\", \"polling\"]");
    fixture.replace("step03-three/Cargo.toml", "number = 3", "number = 5");
    fixture.replace(
        "step03-three/Cargo.toml",
        "[dependencies]",
        "[dependencies]\npolling = { path = '../polling' }",
    );
    fails(&fixture, &["step03-three depends on nothing of smol", "still depends on `polling`"]);
}
