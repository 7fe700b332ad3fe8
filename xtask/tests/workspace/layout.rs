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
        &["step02-two depends on no other step", "step02-two/Cargo.toml:14", "a step stands alone"],
    );
}

#[test]
fn an_undeclared_change_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/tests/game.rs", "play(5)", "play(6)");
    fails(
        &fixture,
        &["step03-three declares exactly", "the step changes tests/game.rs and does not say so"],
    );
}

#[test]
fn an_undeclared_file_is_caught() {
    let fixture = Fixture::new();
    fixture.write("step03-three/examples/more.rs", "//! More.\n\nfn main() {}\n");
    fails(&fixture, &["the step adds examples/more.rs and does not say so"]);
}

#[test]
fn an_undeclared_drop_is_caught() {
    let fixture = Fixture::new();
    fixture.write("step01-one/tests/old.rs", "//! Old.\n");
    fails(&fixture, &["the step drops tests/old.rs and does not say so"]);
}

#[test]
fn a_declared_difference_that_does_not_exist_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/Cargo.toml", "['src/lib.rs', ", "['src/lib.rs', 'src/game.rs', ");
    fails(&fixture, &["`changes` lists src/game.rs, which the step does not change"]);
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
    fails(&fixture, &["numbered from 1 without a gap", "should begin with step04-"]);
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
    fails(&fixture, &["step03-three/src/runtime.rs: was step02-two/src/executor.rs"]);
}

#[test]
fn a_dropped_test_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/tests/executor.rs", "fn it_counts", "fn it_counts_anew");
    fails(
        &fixture,
        &[
            "step03-three keeps the tests",
            "step02-two/tests/executor.rs:4: the test `it_counts` is not in",
        ],
    );
}

#[test]
fn a_test_file_that_is_declared_dropped_may_go() {
    let fixture = Fixture::new();
    fixture.remove("step03-three/tests/executor.rs");
    fixture.replace(
        "step03-three/Cargo.toml",
        "\n\n[dependencies]",
        "\ndrops = ['tests/executor.rs']\n\n[dependencies]",
    );
    holds(&fixture);
}

#[test]
fn a_wrong_figure_in_the_readme_is_caught() {
    let fixture = Fixture::new();
    let line = fixture.read("README.md");
    let line = line.lines().position(|line| line.contains("step02-two")).unwrap() + 1;
    fixture.replace("step02-two/src/executor.rs", "/// Ends.", "/// Ends it.\n///\n/// Well.");
    let place = format!("README.md:{line}: says `+");
    fails(&fixture, &["the README states truly how much step02-two changes", &place]);
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
    fails(&fixture, &["step03-three has nothing of smol left", "brings in `polling`"]);
}
